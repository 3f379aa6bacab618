package dev.navarch.api.kinds;

import dev.navarch.api.values.CronException;
import dev.navarch.api.values.CronSchedule;
import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Locale;

/**
 * What a cron job may say.
 *
 * <p>Source: kubernetes pkg/apis/batch/validation/validation.go (ValidateCronJobCreate, ValidateCronJobUpdate).
 */
final class CronJobChecks {
    private static final List<String> POLICIES = List.of("Allow", "Forbid", "Replace");

    /** Names of jobs end in a dash and ten digits. */
    private static final int LONGEST_NAME = 63 - 11;

    private static final int LONGEST_ZONE_PART = 14;

    private CronJobChecks() {}

    static void check(At job, Problems problems) {
        spec(job.at("spec"), false, true, problems);
        if (Names.utf8Length(job.at("metadata", "name").text()) > LONGEST_NAME) {
            problems.invalid(job.at("metadata", "name"), "must be no more than " + LONGEST_NAME + " characters");
        }
    }

    /** What was once allowed stays so: long names, zones in the schedule, zones that are no longer known. */
    static void checkUpdate(At now, At old, Problems problems) {
        At before = old.at("spec");
        boolean sameZone = Trees.same(
                now.at("spec", "timeZone").node(), before.at("timeZone").node());
        spec(now.at("spec"), before.at("schedule").text().contains("TZ"), !sameZone, problems);
    }

    private static void spec(At spec, boolean zoneInSchedule, boolean newZone, Problems problems) {
        schedule(spec, zoneInSchedule, problems);
        problems.notNegative(spec.at("startingDeadlineSeconds"));
        if (newZone) {
            zone(spec.at("timeZone"), problems);
        }
        problems.oneOf(spec.at("concurrencyPolicy"), POLICIES);
        At job = spec.at("jobTemplate", "spec");
        JobChecks.spec(job, problems);
        if (job.at("selector").isSet()) {
            problems.invalid(job.at("selector"), "`selector` will be auto-generated");
        }
        if (job.at("manualSelector").isTrue()) {
            problems.notSupported(job.at("manualSelector"), List.of("nil", "false"));
        }
        problems.notNegative(spec.at("successfulJobsHistoryLimit"));
        problems.notNegative(spec.at("failedJobsHistoryLimit"));
    }

    private static void schedule(At spec, boolean zoneAllowed, Problems problems) {
        At schedule = spec.at("schedule");
        if (schedule.isEmpty()) {
            problems.required(schedule, "");
            return;
        }
        try {
            CronSchedule.parse(schedule.text());
        } catch (CronException e) {
            problems.invalid(schedule, String.valueOf(e.getMessage()));
        }
        if (schedule.text().contains("TZ")) {
            if (!zoneAllowed) {
                problems.invalid(schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
            } else if (spec.at("timeZone").isSet()) {
                problems.invalid(schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule");
            }
        }
    }

    private static void zone(At zone, Problems problems) {
        if (!zone.isSet()) {
            return;
        }
        String name = zone.text();
        if (name.isEmpty()) {
            problems.invalid(zone, "timeZone must be nil or non-empty string");
            return;
        }
        for (String part : name.split("/", -1)) {
            if (!isZonePart(part)) {
                problems.invalid(zone, "unknown time zone " + name);
                return;
            }
        }
        if (name.toLowerCase(Locale.ROOT).equals("local")) {
            problems.invalid(
                    zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
        }
        if (CronSchedule.zone(name).isEmpty()) {
            problems.invalid(zone, "unknown time zone " + name);
        }
    }

    private static boolean isZonePart(String part) {
        return !part.isEmpty()
                && part.length() <= LONGEST_ZONE_PART
                && !part.equals(".")
                && !part.equals("..")
                && part.charAt(0) != '-'
                && part.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || ".-_+".indexOf(c) >= 0));
    }
}
