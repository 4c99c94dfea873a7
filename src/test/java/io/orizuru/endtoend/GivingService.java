package io.orizuru.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/** A service on the loopback that agrees to everything and gives each app one variable. */
final class GivingService implements AutoCloseable {
    private final HttpServer http;

    private GivingService(HttpServer http) {
        this.http = http;
    }

    /** @param variable what it gives */
    static GivingService start(String variable) {
        return start(variable, "here");
    }

    static GivingService start(String variable, String value) {
        try {
            HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            http.createContext("/", exchange -> {
                try (exchange) {
                    exchange.getRequestBody().readAllBytes();
                    byte[] given = ("{\"" + variable + "\": \"" + value + "\"}").getBytes(UTF_8);
                    boolean made = exchange.getRequestMethod().equals("POST");
                    exchange.sendResponseHeaders(made ? 201 : 200, made ? given.length : -1);
                    if (made) {
                        exchange.getResponseBody().write(given);
                    }
                }
            });
            http.start();
            return new GivingService(http);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String endpoint() {
        return "http://127.0.0.1:" + http.getAddress().getPort();
    }

    /** Makes it known to a server. */
    void offer(Tsuru tsuru, String service) {
        Reply offered = tsuru.post(
                "/1.0/services",
                "id",
                service,
                "password",
                "known to both",
                "endpoint",
                endpoint(),
                "team",
                Installation.TEAM);
        assertThat(offered.status()).as(offered.body()).isEqualTo(201);
    }

    /** Makes an instance of it. */
    void make(Tsuru tsuru, String service, String instance) {
        Reply made =
                tsuru.post("/1.0/services/" + service + "/instances", "name", instance, "owner", Installation.TEAM);
        assertThat(made.status()).as(made.body()).isEqualTo(201);
    }

    @Override
    public void close() {
        http.stop(0);
    }
}
