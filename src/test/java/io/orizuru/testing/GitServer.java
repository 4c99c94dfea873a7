package io.orizuru.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A git server on the loopback: git's own {@code http-backend} behind the JDK's HTTP server. */
public final class GitServer implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final Path root;
    private final HttpServer http;
    private volatile @Nullable String redirect;
    private volatile boolean closedToStrangers;
    private volatile boolean held;
    private final CountDownLatch closed = new CountDownLatch(1);

    private GitServer(Path root) throws IOException {
        this.root = root;
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        http.createContext("/", exchange -> {
            try (exchange) {
                answer(exchange);
            }
        });
        http.start();
    }

    /** @param root where its repositories are to be; made if it is not there */
    public static GitServer start(Path root) {
        try {
            return new GitServer(Files.createDirectories(root));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return http.getAddress().getPort();
    }

    public String url(String repository) {
        return "http://127.0.0.1:" + port() + "/" + repository;
    }

    /** Answers everything by leading to another address; null ends that. */
    public void redirectTo(@Nullable String address) {
        redirect = address;
    }

    /** Asks everybody without an {@code Authorization} for one. */
    public void close(boolean toStrangers) {
        closedToStrangers = toStrangers;
    }

    /** Answers nothing until it is closed. */
    public void hold() {
        held = true;
    }

    /** Puts files, and only these, into a repository's branch, and commits them; answers the commit. */
    public String commit(String repository, String branch, Map<String, String> files) {
        try {
            Path directory = root.resolve(repository);
            if (!Files.exists(directory)) {
                Files.createDirectories(directory);
                git(directory, "init", "--quiet", "--initial-branch=main");
                git(directory, "commit", "--quiet", "--allow-empty", "--message=begin");
            }
            git(directory, "checkout", "--quiet", "-B", branch);
            git(directory, "rm", "-r", "--quiet", "--ignore-unmatch", ".");
            for (Map.Entry<String, String> file : files.entrySet()) {
                Path path = directory.resolve(file.getKey());
                Files.createDirectories(path.getParent());
                Files.writeString(path, file.getValue());
            }
            git(directory, "add", "--all", "--force");
            git(directory, "commit", "--quiet", "--allow-empty", "--message=a change");
            String commit = git(directory, "rev-parse", "HEAD");
            git(directory, "checkout", "--quiet", "main");
            return commit;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs git in a repository; answers what it prints. */
    public String git(String repository, String... arguments) {
        return git(root.resolve(repository), arguments);
    }

    private static String git(Path directory, String... arguments) {
        List<String> command =
                new ArrayList<>(List.of("git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().put("GIT_CONFIG_GLOBAL", "/dev/null");
        builder.environment().put("GIT_CONFIG_NOSYSTEM", "1");
        try {
            Process process = builder.start();
            String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(String.join(" ", command) + ": " + said);
            }
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        String elsewhere = redirect;
        if (held) {
            awaitClose();
            return;
        }
        if (elsewhere != null) {
            exchange.getResponseHeaders().set("Location", elsewhere + exchange.getRequestURI());
            exchange.sendResponseHeaders(302, -1);
            return;
        }
        if (closedToStrangers && authorization == null) {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"git\"");
            exchange.sendResponseHeaders(401, -1);
            return;
        }
        byte[] said = backend(exchange, body);
        int end = new String(said, ISO_8859_1).indexOf("\r\n\r\n");
        int status = 200;
        for (String line : new String(said, 0, end, ISO_8859_1).split("\r\n")) {
            String value = line.substring(line.indexOf(':') + 1).strip();
            if (line.startsWith("Status:")) {
                status = Integer.parseInt(value.substring(0, 3));
            } else {
                exchange.getResponseHeaders().add(line.substring(0, line.indexOf(':')), value);
            }
        }
        exchange.sendResponseHeaders(status, 0);
        exchange.getResponseBody().write(said, end + 4, said.length - end - 4);
    }

    private void awaitClose() {
        try {
            closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private byte[] backend(HttpExchange exchange, byte[] body) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder("git", "http-backend").redirectError(ProcessBuilder.Redirect.DISCARD);
        Map<String, String> environment = builder.environment();
        environment.put("GIT_PROJECT_ROOT", root.toString());
        environment.put("GIT_HTTP_EXPORT_ALL", "1");
        environment.put("REQUEST_METHOD", exchange.getRequestMethod());
        environment.put("PATH_INFO", exchange.getRequestURI().getPath());
        environment.put("QUERY_STRING", text(exchange.getRequestURI().getRawQuery()));
        environment.put("CONTENT_TYPE", text(exchange.getRequestHeaders().getFirst("Content-Type")));
        environment.put(
                "HTTP_CONTENT_ENCODING", text(exchange.getRequestHeaders().getFirst("Content-Encoding")));
        environment.put("GIT_PROTOCOL", text(exchange.getRequestHeaders().getFirst("Git-Protocol")));
        environment.put("CONTENT_LENGTH", Integer.toString(body.length));
        Process process = builder.start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(body);
        } catch (IOException e) {
            // It did not want all of it.
        }
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (InputStream out = process.getInputStream()) {
            out.transferTo(said);
        }
        return said.toByteArray();
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }

    @Override
    public void close() {
        closed.countDown();
        http.stop(0);
    }
}
