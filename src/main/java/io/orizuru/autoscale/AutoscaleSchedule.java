package io.orizuru.autoscale;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.orizuru.failure.Failure;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A time when a process has more units, whatever its load is.
 *
 * @param name for people
 * @param minReplicas how many units there are then at least
 * @param start when it begins, five fields of cron
 * @param end when it ends, likewise
 * @param timezone a name such as {@code Europe/Lisbon}; UTC when it is not said
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AutoscaleSchedule(
        @Nullable String name,
        int minReplicas,
        @Nullable String start,
        @Nullable String end,
        @Nullable String timezone) {
    private static final int FIELDS = 5;
    /** Longer ones are no schedules, and cost time to read. */
    private static final int LONGEST = 200;

    /** @throws Failure that names what is wrong */
    void check(int maxUnits) {
        if (minReplicas < 1 || minReplicas > maxUnits) {
            throw Failure.invalid("invalid minimum units for schedule \"" + text(name) + "\": " + minReplicas
                    + " is not from 1 to the maximum units, " + maxUnits);
        }
        ZoneId zone = zone();
        ZonedDateTime now = Instant.EPOCH.atZone(zone);
        Optional<ZonedDateTime> starts = next("start", text(start), now);
        Optional<ZonedDateTime> ends = next("end", text(end), now);
        if (starts.isEmpty() || ends.isEmpty()) {
            throw Failure.invalid("schedule \"" + text(name) + "\" never comes: " + start + " to " + end);
        }
        if (starts.equals(ends) && Objects.equals(start, end)) {
            throw Failure.invalid("schedule \"" + text(name) + "\" ends when it starts: " + start);
        }
    }

    /** Whether it is that time: what comes next is its end. */
    boolean isActive(Instant now) {
        ZonedDateTime here = now.atZone(zone());
        Optional<ZonedDateTime> starts = next("start", text(start), here);
        Optional<ZonedDateTime> ends = next("end", text(end), here);
        return starts.isPresent() && ends.isPresent() && ends.get().isBefore(starts.get());
    }

    private ZoneId zone() {
        try {
            return text(timezone).isEmpty() ? ZoneId.of("UTC") : ZoneId.of(text(timezone));
        } catch (DateTimeException e) {
            throw Failure.invalid("invalid timezone for schedule \"" + text(name) + "\": \"" + timezone
                    + "\" is not the name of one, such as Europe/Lisbon");
        }
    }

    private Optional<ZonedDateTime> next(String what, String expression, ZonedDateTime after) {
        String[] fields =
                expression.isBlank() ? new String[0] : expression.strip().split("\\s+", -1);
        if (fields.length != FIELDS || expression.length() > LONGEST) {
            throw wrong(what, "expected exactly 5 fields, found " + fields.length + ": " + Arrays.toString(fields));
        }
        try {
            Cron cron = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX)).parse(expression);
            return ExecutionTime.forCron(cron).nextExecution(after);
        } catch (IllegalArgumentException e) {
            throw wrong(what, String.valueOf(e.getMessage()));
        }
    }

    private Failure wrong(String what, String why) {
        return Failure.invalid("invalid " + what + " time for schedule \"" + text(name) + "\": " + why);
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }
}
