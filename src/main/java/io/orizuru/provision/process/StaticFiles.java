package io.orizuru.provision.process;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * The web server of the {@code static} platform: {@code GET} and {@code HEAD} of the files below a directory.
 *
 * <p>It runs alone, in a Java process of its own with nothing but the JDK, so it is one class without inner ones and uses
 * nothing of this program. Directories answer with their {@code index.html} and are never listed; names that begin with a
 * dot (but {@code .well-known}) and the platform's own files are not there; {@code 404.html} is the page for what is not
 * there. {@code If-Modified-Since} is honoured.
 */
public final class StaticFiles {
    private StaticFiles() {}

    /** Serves the directory {@code arguments[0]} (default: the current one) on 127.0.0.1 and the port {@code PORT}. */
    public static void main(String... arguments) throws IOException {
        Path root = Path.of(arguments.length == 0 ? "." : arguments[0]).toRealPath();
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        HttpServer server =
                HttpServer.create(new InetSocketAddress(loopback, Integer.parseInt(System.getenv("PORT"))), 0);
        server.createContext("/", exchange -> answer(root, exchange));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    private static void answer(Path root, HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            boolean head = method.equals("HEAD");
            if (!head && !method.equals("GET")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                text(exchange, 405, "405 method not allowed\n", head);
                return;
            }
            String path = exchange.getRequestURI().getPath();
            Path file = find(root, path);
            if (file == null) {
                Path page = find(root, "/404.html");
                if (page == null) {
                    text(exchange, 404, "404 page not found\n", head);
                } else {
                    send(exchange, 404, page, head);
                }
            } else if (Files.isDirectory(below(root, path)) && !path.endsWith("/")) {
                // Relative links of the page are meant from inside the directory. One slash only: // would be a host.
                exchange.getResponseHeaders()
                        .set(
                                "Location",
                                "/" + exchange.getRequestURI().getRawPath().replaceAll("^/+", "") + "/");
                text(exchange, 301, "", head);
            } else if (unchanged(exchange, file)) {
                exchange.sendResponseHeaders(304, -1);
            } else {
                send(exchange, 200, file, head);
            }
        }
    }

    /** The file to send, or null: outside the root, hidden, or not there. */
    private static @Nullable Path find(Path root, String path) throws IOException {
        if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
            return null;
        }
        for (String name : path.split("/")) {
            if (name.startsWith(".") && !name.equals(".well-known")) {
                return null;
            }
        }
        if (path.matches("/+(Procfile|tsuru\\.ya?ml|app\\.ya?ml)")) {
            return null;
        }
        Path file = below(root, path);
        if (Files.isDirectory(file)) {
            file = file.resolve("index.html");
        } else if (path.endsWith("/")) {
            return null;
        }
        return Files.isRegularFile(file) && file.toRealPath().startsWith(root) ? file : null;
    }

    private static Path below(Path root, String path) {
        return root.resolve(path.replaceAll("^/+", ""));
    }

    private static boolean unchanged(HttpExchange exchange, Path file) throws IOException {
        String since = exchange.getRequestHeaders().getFirst("If-Modified-Since");
        return since != null && since.equals(modified(file));
    }

    private static String modified(Path file) throws IOException {
        Instant time = Files.getLastModifiedTime(file).toInstant().truncatedTo(ChronoUnit.SECONDS);
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(time.atOffset(ZoneOffset.UTC));
    }

    private static void send(HttpExchange exchange, int status, Path file, boolean head) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", type(file.getFileName().toString()));
        headers.set("Last-Modified", modified(file));
        long size = Files.size(file);
        if (head || size == 0) {
            headers.set("Content-Length", Long.toString(size));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, size);
        try (InputStream in = Files.newInputStream(file);
                OutputStream out = exchange.getResponseBody()) {
            in.transferTo(out);
        }
    }

    private static void text(HttpExchange exchange, int status, String text, boolean head) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
        if (!head && body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }

    private static String type(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT)) {
            case "html", "htm" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js", "mjs" -> "text/javascript; charset=utf-8";
            case "json", "map" -> "application/json";
            case "webmanifest" -> "application/manifest+json";
            case "txt", "md" -> "text/plain; charset=utf-8";
            case "xml" -> "text/xml; charset=utf-8";
            case "svg" -> "image/svg+xml";
            case "png" -> "image/png";
            case "jpg", "jpeg" -> "image/jpeg";
            case "gif" -> "image/gif";
            case "webp" -> "image/webp";
            case "avif" -> "image/avif";
            case "ico" -> "image/x-icon";
            case "woff" -> "font/woff";
            case "woff2" -> "font/woff2";
            case "ttf" -> "font/ttf";
            case "pdf" -> "application/pdf";
            case "wasm" -> "application/wasm";
            case "mp4" -> "video/mp4";
            case "webm" -> "video/webm";
            case "mp3" -> "audio/mpeg";
            case "zip" -> "application/zip";
            default -> "application/octet-stream";
        };
    }
}
