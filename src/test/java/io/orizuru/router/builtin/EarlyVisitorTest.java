package io.orizuru.router.builtin;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.config.Endpoint;
import io.orizuru.router.AppRoutes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EarlyVisitorTest {
    private static final int A_WHILE_MILLIS = 300;
    private static final int LIMIT_MILLIS = 10_000;

    @Test
    void whoComesBeforeTheRoutesWaitsForThem() throws IOException {
        try (DataPlane plane = new DataPlane(BuiltinRouter.Options.of(new Endpoint("127.0.0.1", 0)));
                Socket visitor = new Socket(InetAddress.getLoopbackAddress(), plane.listen())) {
            visitor.getOutputStream().write("GET / HTTP/1.1\r\nHost: early.example.com\r\n\r\n".getBytes(US_ASCII));
            visitor.setSoTimeout(A_WHILE_MILLIS);
            assertThatThrownBy(() -> visitor.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);

            plane.apply("main", new AppRoutes("early", 1, Set.of("early.example.com"), List.of()));
            plane.accept();
            visitor.setSoTimeout(LIMIT_MILLIS);
            assertThat(new String(visitor.getInputStream().readNBytes(12), US_ASCII))
                    .as("not 404: the app is known, it only has no units")
                    .isEqualTo("HTTP/1.1 503");
        }
    }
}
