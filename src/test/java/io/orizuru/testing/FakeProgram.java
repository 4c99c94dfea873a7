package io.orizuru.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Stands for the packaged program where only the handling of its process is tested. */
final class FakeProgram {
    private FakeProgram() {}

    public static void main(String[] arguments) throws IOException {
        JsonNode settings = new YAMLMapper().readTree(Path.of(arguments[2]).toFile());
        Path data = Files.createDirectories(Path.of(settings.required("data").asText()));
        if (settings.has("broken")) {
            System.out.println(
                    "cannot start: broken is " + settings.get("broken").asText());
            System.exit(3);
        }
        Path starts = data.resolve("starts");
        Files.writeString(starts, Files.exists(starts) ? Files.readString(starts) + "x" : "x");
        String[] address = settings.required("listen").asText().split(":");
        HttpServer server = HttpServer.create(new InetSocketAddress(address[0], Integer.parseInt(address[1])), 0);
        server.createContext("/healthcheck", exchange -> reply(exchange, 200, "WORKING"));
        server.createContext("/1.0/auth/login", FakeProgram::login);
        server.start();
        Process unit = new ProcessBuilder("sleep", "600").inheritIO().start();
        Files.writeString(data.resolve("unit"), String.valueOf(unit.pid()));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("asked to end")));
        System.out.println("ready");
    }

    private static void login(HttpExchange exchange) throws IOException {
        String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        boolean right = form.equals("email=admin%40example.com&password=" + System.getenv("ORIZURU_ADMIN_PASSWORD"));
        reply(exchange, right ? 200 : 401, right ? "{\"token\": \"t0k3n\"}" : "no");
    }

    private static void reply(HttpExchange exchange, int status, String text) throws IOException {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, content.length);
        exchange.getResponseBody().write(content);
        exchange.close();
    }
}
