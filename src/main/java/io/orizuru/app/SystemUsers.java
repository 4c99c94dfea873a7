package io.orizuru.app;

import io.orizuru.config.Settings;
import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The operating system's user that an app's processes run as: one of its own when this server is root, else the server's. */
@ApplicationScoped
public class SystemUsers {
    private final Settings.UnitSettings range;
    private final AppStore apps;
    private final boolean root;

    SystemUsers(Settings settings, AppStore apps) {
        this.range = settings.units();
        this.apps = apps;
        try {
            root = Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException e) {
            throw new UncheckedIOException("the server's own user cannot be told", e);
        }
    }

    /** The number that a new app gets. */
    int next() {
        return apps.nextSystemUser(range.firstUser(), range.lastUser())
                .orElseThrow(() -> Failure.unavailable("every user number of --unit-users " + range.firstUser() + "-"
                        + range.lastUser() + " is an app's: the range must be wider for more apps"));
    }

    public @Nullable Integer of(App app) {
        return root ? app.systemUser() : null;
    }
}
