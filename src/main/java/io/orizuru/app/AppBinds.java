package io.orizuru.app;

import io.orizuru.event.Run;
import java.util.List;

/** Another room that binds apps to something. */
public interface AppBinds {
    /** A bind, as the API shows it with the app. */
    record Shown(String service, String instance, String plan) {}

    /** What an app is bound to. */
    List<Shown> of(String app);

    /** Ends all binds of an app that is being removed. Idempotent; that somebody does not answer is said and is no failure. */
    void end(Run run, App app);
}
