package io.orizuru.attack;

import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** 64 callers with 700 MiB each, at every operation that answers anybody. */
@ExtendWith(ServerExtension.class)
final class MemoryRun {
    private static final int CALLERS = 64;
    private static final int FIELDS = 700;

    @Test
    void everyOpenOperationLivesThroughAllThatIsThrownAtIt(TestServer server) {
        try (MemoryFlood flood = new MemoryFlood(server)) {
            for (String operation : flood.openOperations()) {
                String[] words = operation.split(" ");
                for (boolean chunked : List.of(false, true)) {
                    flood.atOnce(CALLERS, () -> flood.multipart(words[0], words[1], "", FIELDS, chunked));
                    for (String piece : List.of("[", "{\"a\":", "{\"a\":1},")) {
                        flood.atOnce(
                                CALLERS,
                                () -> flood.repeated(
                                        words[0],
                                        words[1],
                                        "application/json",
                                        piece,
                                        8 * MemoryFlood.MIB / piece.length(),
                                        chunked));
                    }
                }
                flood.requireAlive();
            }
        }
    }

    @Test
    void oneConnectionSendsAllOfItAtOnce(TestServer server) {
        try (MemoryFlood flood = new MemoryFlood(server)) {
            String admin = "\r\nAuthorization: bearer " + server.adminToken();
            for (String path : List.of("/apps/none/env", "/apps/none/deploy", "/services", "/pools")) {
                MemoryFlood.requireRefused(
                        path, flood.atOnce(CALLERS, () -> flood.multipart("POST", path, admin, FIELDS, true)));
                flood.requireAlive();
            }
        }
    }
}
