package io.orizuru.provision.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The {@code passwd} and {@code group} that a sandbox sees: programs ask for the name of their own user and fail without. */
final class Accounts {
    private Accounts() {}

    static void write(Path directory, @Nullable Integer user) throws IOException {
        int number = user == null ? ownNumber(directory) : user;
        write(
                directory.resolve("passwd"),
                "root:x:0:0:root:/root:/usr/sbin/nologin\n" + "application:x:" + number + ":" + number + "::"
                        + Sandbox.HOME + ":/bin/sh\n" + "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
        write(directory.resolve("group"), "root:x:0:\n" + "application:x:" + number + ":\n" + "nogroup:x:65534:\n");
    }

    private static void write(Path file, String text) throws IOException {
        DurableFiles.write(file, text.getBytes(StandardCharsets.UTF_8), "rw-r--r--");
    }

    private static int ownNumber(Path directory) throws IOException {
        return (int) Files.getAttribute(directory, "unix:uid");
    }
}
