package main

import (
	"fmt"
	"strings"
	"time"
	// As the API server holds it, for where the machine has none.
	_ "time/tzdata"

	"github.com/robfig/cron/v3"
)

type readSchedule struct {
	Ok bool `json:"ok"`
	// Whether it ever comes, as far as the library looks: five years.
	Comes bool `json:"comes"`
}

// schedule says what the controller of CronJobs makes of a schedule. Where the library panics, the API
// server takes that as a refusal.
func schedule(text string) (read readSchedule) {
	defer func() {
		if recover() != nil {
			read = readSchedule{}
		}
	}()
	parsed, err := cron.ParseStandard(text)
	if err != nil {
		return readSchedule{}
	}
	// A leap year comes within the five.
	start := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	return readSchedule{Ok: true, Comes: !parsed.Next(start).IsZero()}
}

type readDuration struct {
	Ok          bool   `json:"ok"`
	Nanoseconds string `json:"nanoseconds,omitempty"`
}

// duration says what Go makes of a duration.
func duration(text string) readDuration {
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return readDuration{}
	}
	return readDuration{Ok: true, Nanoseconds: fmt.Sprint(parsed.Nanoseconds())}
}

// zone says whether Go knows a time zone; the name that means the machine's own is none.
func zone(name string) bool {
	if name == "" || strings.EqualFold(name, "Local") {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}
