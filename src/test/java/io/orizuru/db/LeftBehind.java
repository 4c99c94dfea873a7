package io.orizuru.db;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A program that starts a database and is then killed, so that its database is left behind. */
final class LeftBehind {
    private LeftBehind() {}

    @SuppressWarnings("SystemOut") // The test waits for the line.
    public static void main(String... arguments) throws InterruptedException {
        EmbeddedPostgres postgres = EmbeddedPostgres.start(Path.of(arguments[0]));
        postgres.awaitReady();
        System.out.println("ready");
        new CountDownLatch(1).await();
    }
}
