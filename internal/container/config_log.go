package container

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/unitmon/unitmon/internal/conf"
)

// configLogs fills in where a configured container logs to.
func configLogs(c *conf.Container, o *Config) error {
	for _, s := range c.Logs {
		l, err := ParseLog(s)
		if err != nil {
			return c.Wrong("LogDriver", err)
		}
		o.Logs = append(o.Logs, l)
	}
	if c.LogQueue != "" {
		n, err := ParseSize(c.LogQueue)
		if err != nil {
			return c.Wrong("LogQueue", err)
		}
		o.LogQueue = n
	}
	return configRotation(c, o.Logs)
}

// configRotation gives the log files their limits.
func configRotation(c *conf.Container, logs []LogRecord) error {
	size, files, has := int64(0), 1, false
	var err error
	if c.LogMaxSize != "" {
		if size, err = ParseSize(c.LogMaxSize); err != nil {
			return c.Wrong("LogMaxSize", err)
		}
	}
	if c.LogMaxFiles != "" {
		if files, err = strconv.Atoi(c.LogMaxFiles); err != nil || files < 1 || files > LogFilesMax {
			return c.Wrong("LogMaxFiles", fmt.Errorf("%q is no number from 1 to %d", c.LogMaxFiles, LogFilesMax))
		}
	}
	for i := range logs {
		if logs[i].File() {
			logs[i].MaxSize, logs[i].MaxFiles, has = size, files, true
		}
	}
	if c.LogMaxSize != "" && !has {
		return c.Wrong("LogMaxSize", errors.New("there is no log file"))
	}
	return nil
}
