package io.orizuru.app;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The operating system's user that an app's processes run as: one of its own when this server is root, else the server's. */
@ApplicationScoped
public class SystemUsers {
    /** Above all that distributions give to people and services. */
    private static final int FIRST = 200_000;

    private final boolean root;

    SystemUsers() {
        try {
            root = Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException e) {
            throw new UncheckedIOException("the server's own user cannot be told", e);
        }
    }

    public @Nullable Integer of(App app) {
        return root ? FIRST + app.systemUser() : null;
    }
}
