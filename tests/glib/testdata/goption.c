/* Reads command lines from standard input and says what GLib makes of them.
 *
 * Input: for each line the number of its words and a newline, then the words,
 * each ended by a NUL. Output: for each line either "ERR " and GLib's message,
 * or what GLib prints for --help, or "name=value" and a newline for each
 * option, sorted by name, and the words that are left; ended by a NUL.
 * Strings are hexadecimal, because they may hold anything, and a comma ends
 * each. Standard input must be a pipe: exit(3) sets back the offset of a file,
 * which all processes here would share. */
#include <glib.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static gboolean flags[64];
static gchar *texts[64];
static gchar **lists[64];
static gint exit_delay, timeout, log_max_files = 1;
static gint64 log_size_max = -1, log_global_size_max = -1;

#define FLAG(n, name, letter) { name, letter, 0, G_OPTION_ARG_NONE, &flags[n], "x", NULL }
#define TEXT(n, name, letter) { name, letter, 0, G_OPTION_ARG_STRING, &texts[n], "x", NULL }
#define LIST(n, name, letter) { name, letter, 0, G_OPTION_ARG_STRING_ARRAY, &lists[n], "x", NULL }
#define HIDDEN(kind, data, name) { name, 0, G_OPTION_FLAG_HIDDEN, kind, data, "x", NULL }

static GOptionEntry entries[] = {
	FLAG(0, "api-version", 0),
	TEXT(0, "bundle", 'b'),
	TEXT(1, "cid", 'c'),
	TEXT(2, "conmon-pidfile", 'P'),
	TEXT(3, "container-pidfile", 'p'),
	TEXT(4, "cuuid", 'u'),
	FLAG(1, "exec", 'e'),
	FLAG(2, "exec-attach", 0),
	TEXT(5, "exec-process-spec", 0),
	TEXT(6, "exit-command", 0),
	LIST(0, "exit-command-arg", 0),
	{ "exit-delay", 0, 0, G_OPTION_ARG_INT, &exit_delay, "x", NULL },
	TEXT(7, "exit-dir", 0),
	FLAG(3, "full-attach", 0),
	FLAG(4, "leave-stdin-open", 0),
	LIST(1, "log-allowlist-dir", 0),
	{ "log-global-size-max", 0, 0, G_OPTION_ARG_INT64, &log_global_size_max, "x", NULL },
	LIST(2, "log-label", 0),
	TEXT(8, "log-level", 0),
	{ "log-max-files", 0, 0, G_OPTION_ARG_INT, &log_max_files, "x", NULL },
	LIST(3, "log-path", 'l'),
	FLAG(5, "log-rotate", 0),
	{ "log-size-max", 0, 0, G_OPTION_ARG_INT64, &log_size_max, "x", NULL },
	TEXT(9, "log-tag", 0),
	TEXT(10, "name", 'n'),
	FLAG(6, "no-container-partial-message", 0),
	FLAG(7, "no-new-keyring", 0),
	FLAG(8, "no-pivot", 0),
	FLAG(9, "no-sync-log", 0),
	TEXT(11, "persist-dir", '0'),
	HIDDEN(G_OPTION_ARG_STRING, &texts[3], "pidfile"),
	FLAG(10, "replace-listen-pid", 0),
	TEXT(12, "restore", 0),
	HIDDEN(G_OPTION_ARG_STRING_ARRAY, &lists[5], "restore-arg"),
	TEXT(13, "runtime", 'r'),
	LIST(4, "runtime-arg", 0),
	LIST(5, "runtime-opt", 0),
	TEXT(14, "sdnotify-socket", 0),
	TEXT(15, "socket-dir-path", 0),
	FLAG(11, "stdin", 'i'),
	FLAG(12, "sync", 0),
	FLAG(13, "syslog", 0),
	FLAG(14, "systemd-cgroup", 's'),
	FLAG(15, "terminal", 't'),
	{ "timeout", 'T', 0, G_OPTION_ARG_INT, &timeout, "x", NULL },
	FLAG(16, "version", 0),
	{ 0 },
};

static void put_hex(const char *s)
{
	for (; *s; s++)
		printf("%02x", (unsigned char)*s);
	putchar(',');
}

static void put_value(const GOptionEntry *e)
{
	printf("%s=", e->long_name);
	switch (e->arg) {
	case G_OPTION_ARG_NONE:
		printf("%s", *(gboolean *)e->arg_data ? "true" : "false");
		break;
	case G_OPTION_ARG_INT:
		printf("%d", *(gint *)e->arg_data);
		break;
	case G_OPTION_ARG_INT64:
		printf("%" G_GINT64_FORMAT, *(gint64 *)e->arg_data);
		break;
	case G_OPTION_ARG_STRING:
		if (*(gchar **)e->arg_data)
			put_hex(*(gchar **)e->arg_data);
		break;
	default:
		for (gchar **s = *(gchar ***)e->arg_data; s && *s; s++)
			put_hex(*s);
	}
	putchar('\n');
}

static void parse(int argc, char **argv)
{
	GError *error = NULL;
	GOptionContext *context = g_option_context_new("- conmon utility");

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		printf("ERR %s", error->message);
		return;
	}
	for (GOptionEntry *e = entries; e->long_name; e++)
		put_value(e);
	for (int i = 1; i < argc; i++)
		put_hex(argv[i]);
}

static char **read_words(int n)
{
	char **words = g_new0(char *, n + 2);

	words[0] = g_strdup("conmon");
	for (int i = 1; i <= n; i++) {
		size_t size = 0;
		if (getdelim(&words[i], &size, '\0', stdin) < 0)
			exit(2);
	}
	return words;
}

int main(void)
{
	int n;

	setlocale(LC_ALL, "");
	texts[15] = "/var/run/crio";
	while (scanf("%d", &n) == 1 && getchar() == '\n') {
		char **words = read_words(n);
		fflush(stdout);
		/* A process for each: --help ends it, and nothing is left over. */
		pid_t child = fork();
		if (child < 0)
			return 2;
		if (child == 0) {
			parse(n + 1, words);
			fflush(stdout);
			_exit(0);
		}
		waitpid(child, NULL, 0);
		putchar('\0');
	}
	return 0;
}
