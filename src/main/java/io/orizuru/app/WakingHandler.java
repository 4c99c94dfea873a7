package io.orizuru.app;

import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import io.orizuru.router.AppRoutes;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Wakes an app. One that does not start sleeps on, and is left alone for a while: its visitors are told so. */
@ApplicationScoped
class WakingHandler implements ChangeHandler<Waking> {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    private final Apps apps;
    private final Rollout rollout;
    private final Clock clock;

    WakingHandler(Apps apps, Rollout rollout, Clock clock) {
        this.apps = apps;
        this.rollout = rollout;
        this.clock = clock;
    }

    @Override
    public String kind() {
        return "app.wake";
    }

    @Override
    public Class<Waking> type() {
        return Waking.class;
    }

    @Override
    public void run(Waking change, Run run) {
        rollout.forward(run, apps.find(change.app()), change.release());
    }

    @Override
    public void withdraw(Waking change, Run run, String why) {
        App app = apps.find(change.app());
        AppRoutes.Asleep before = app.exposure().asleep();
        int failures = before == null ? 0 : before.failures();
        long next = clock.millis() + pause(failures).toMillis();
        rollout.back(
                run,
                app,
                change.release(),
                change.before(),
                why,
                desired -> desired.with(
                        desired.exposure().with(failed(desired.exposure().asleep(), failures, next))));
    }

    private static AppRoutes.@Nullable Asleep failed(AppRoutes.@Nullable Asleep asleep, int failures, long next) {
        return asleep == null ? null : asleep.failed(failures + 1, next);
    }

    /** Before the next attempt, after so many that failed in a row. */
    static Duration pause(int failures) {
        Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(failures, 10));
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }
}
