package io.orizuru.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** No number of callers, and nothing that they send, takes more memory or disk than there is for input. */
@ExtendWith(ServerExtension.class)
final class MemoryIT {
    private static final String JSON = "application/json";
    private static final String FORM = "application/x-www-form-urlencoded";

    private final TestServer server;
    private final String admin;
    private final MemoryFlood flood;

    MemoryIT(TestServer server) {
        this.server = server;
        this.admin = "\r\nAuthorization: bearer " + server.adminToken();
        this.flood = new MemoryFlood(server);
    }

    @AfterEach
    void end() {
        try {
            flood.requireAlive();
        } finally {
            flood.close();
        }
    }

    @Test
    void aMultipartFormOfManyLargeFieldsIsRefusedBeforeItIsRead() {
        for (boolean chunked : List.of(false, true)) {
            for (String path : List.of("/auth/login", "/1.0/users", "/users/x/tokens", "/apps", "/nowhere/at/all")) {
                List<RawCaller.Answer> answers = flood.atOnce(2, () -> flood.multipart("POST", path, "", 400, chunked));
                MemoryFlood.requireRefused(path, answers);
                assertThat(answers).as(path).allMatch(answer -> answer.sent() < 32 * MemoryFlood.MIB);
            }
        }
    }

    @Test
    void theHealthCheckTakesNoBody() {
        MemoryFlood.requireRefused(
                "declared", flood.atOnce(2, () -> flood.multipart("GET", "/healthcheck", "", 400, false)));
        List<RawCaller.Answer> chunked = flood.atOnce(2, () -> flood.multipart("GET", "/healthcheck", "", 400, true));
        // It is answered without a look at the body, which nobody takes.
        assertThat(chunked).allMatch(answer -> answer.status() == 200 && answer.sent() < 32 * MemoryFlood.MIB);
    }

    @Test
    void largeJsonOfManyCallersIsRefused() {
        for (String operation : List.of("POST /auth/login", "POST /users/x/password", "POST /users/x/tokens")) {
            String[] words = operation.split(" ");
            for (boolean chunked : List.of(false, true)) {
                MemoryFlood.requireRefused(
                        operation,
                        flood.atOnce(
                                16, () -> flood.repeated(words[0], words[1], JSON, "[", 8 * MemoryFlood.MIB, chunked)));
            }
        }
    }

    @Test
    void whatTakesMuchMoreMemoryThanItHasBytesIsRefused() {
        String path = "/apps/none/env";
        for (String piece : List.of("[", "{\"a\":", "[[],", "{\"a\":1},", "1,")) {
            MemoryFlood.requireRefused(
                    piece,
                    flood.atOnce(
                            16,
                            () -> flood.repeated(
                                    "POST", "/pools", JSON + admin, piece, 60_000 / piece.length(), false)));
            MemoryFlood.requireRefused(
                    piece,
                    flood.atOnce(
                            16,
                            () -> flood.repeated(
                                    "POST", path, JSON + admin, piece, 1_000_000 / piece.length(), false)));
        }
        for (String piece : List.of("a=&", "a.b.c.d.e.f.g.h=1&", "%61=%61&", "Envs.0.Name=a&")) {
            MemoryFlood.requireRefused(
                    piece,
                    flood.atOnce(
                            16,
                            () -> flood.repeated(
                                    "POST", "/roles", FORM + admin, piece, 60_000 / piece.length(), false)));
        }
    }

    @Test
    void manyFieldsOfAnotherNameEachAreRefused() {
        StringBuilder form = new StringBuilder();
        for (int i = 0; i < 100_000; i++) {
            form.append(Integer.toString(i, 36)).append("=&");
        }
        for (String path : List.of("/auth/login", "/roles")) {
            MemoryFlood.requireRefused(
                    path, flood.atOnce(8, () -> flood.repeated("POST", path, FORM + admin, form.toString(), 1, false)));
        }
    }

    @Test
    void headsThatNeverEndTakeNoMoreThanThereIsForThem() {
        flood.endlessHeads(600, 15_000);
    }

    @Test
    void nobodyWithoutAPermissionPutsAFileOnTheDisk() throws IOException {
        for (String path : List.of("/auth/login", "/apps/none/deploy", "/platforms", "/healthcheck", "/nowhere")) {
            flood.repeated(
                    "POST",
                    path,
                    "multipart/form-data; boundary=x",
                    "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" + "z".repeat(3000)
                            + "\r\n",
                    1,
                    true);
        }
        Path uploads = server.data().resolve("uploads");
        assertThat(Files.exists(uploads) ? files(uploads) : List.of()).isEmpty();
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
