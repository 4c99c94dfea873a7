package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Somebody at a terminal: a WebSocket to a shell, as the {@code tsuru} client opens it. */
final class Terminal implements WebSocket.Listener, AutoCloseable {
    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private final CompletableFuture<String> closed = new CompletableFuture<>();
    private @Nullable WebSocket socket;

    private Terminal() {}

    /**
     * Opens a shell.
     *
     * @param query with its question mark; may be empty
     */
    static Terminal open(URI api, @Nullable String token, String app, String query, String origin) {
        return at(api, "/1.0/apps/" + app + "/shell" + query, token, origin);
    }

    /** Opens any other WebSocket of the API. */
    static Terminal at(URI api, String path, @Nullable String token, String origin) {
        Terminal terminal = new Terminal();
        WebSocket.Builder builder = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .connectTimeout(Duration.ofSeconds(30))
                .header("Origin", origin);
        if (token != null) {
            builder.header("Authorization", "bearer " + token);
        }
        URI address = URI.create(api.toString().replaceFirst("^http", "ws") + path);
        terminal.socket = builder.buildAsync(address, terminal)
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
        return terminal;
    }

    @Override
    public synchronized @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
        shown.writeBytes(text.toString().getBytes(StandardCharsets.UTF_8));
        from.request(1);
        return null;
    }

    @Override
    public synchronized @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer bytes, boolean last) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        shown.writeBytes(copy);
        from.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        closed.complete(code + " " + reason);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        closed.complete("broken: " + error);
    }

    private WebSocket socket() {
        if (socket == null) {
            throw new IllegalStateException("not open");
        }
        return socket;
    }

    synchronized byte[] bytes() {
        return shown.toByteArray();
    }

    String shown() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    Terminal type(String text) {
        socket().sendText(text, true).orTimeout(30, TimeUnit.SECONDS).join();
        return this;
    }

    /** Types a line and waits until the terminal shows something. */
    Terminal enter(String line, String until) {
        type(line + "\n");
        return await(until);
    }

    Terminal await(String text) {
        Eventually.holds(() -> assertThat(shown()).contains(text));
        return this;
    }

    /** The code and reason with which the server closed it. */
    String awaitClose() {
        return closed.orTimeout(60, TimeUnit.SECONDS).join();
    }

    /** Is gone without a word. */
    void vanish() {
        socket().abort();
    }

    @Override
    public void close() {
        socket().abort();
    }
}
