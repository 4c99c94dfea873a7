package io.orizuru.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * An answer that grows. Writing blocks while the client reads slowly, so only readers of what others produce may do it.
 * When the client is gone, {@link #open} says so and writing does nothing.
 */
public final class Lines {
    /** How long a stream may be silent before an empty line keeps it alive. */
    public static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final OutputStream out;
    private boolean open = true;
    private BooleanSupplier closed = () -> false;

    private Lines(OutputStream out) {
        this.out = out;
    }

    /** A stream of JSON objects, one a line; clients compare its content type whole. */
    public static Response.ResponseBuilder json(Consumer<Lines> writer) {
        return Response.ok((StreamingOutput) out -> writer.accept(new Lines(out)), "application/x-json-stream");
    }

    /**
     * A stream of plain text, with the content type {@code text} that clients of deploys expect. JAX-RS knows no such
     * type, see {@link ExactContentType}.
     */
    public static Response.ResponseBuilder text(RoutingContext request, Consumer<Lines> writer) {
        ExactContentType.set(request, "text");
        return Response.ok((StreamingOutput) out -> writer.accept(new Lines(out)), "text/plain");
    }

    /** Whether there is somebody who may read on. */
    public boolean open() {
        return open && !revoked();
    }

    /** Whether the reader was shut out; a last word can still be written. */
    public boolean revoked() {
        return closed.getAsBoolean();
    }

    void closeWhen(BooleanSupplier revoked) {
        closed = revoked;
    }

    /** One message of a progress stream. */
    public void message(Instant at, String text) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("Message", text);
        fields.put("Timestamp", at.toString());
        object(fields);
    }

    /** The last object of a stream whose operation failed. */
    public void error(Instant at, String text) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("Message", "");
        fields.put("Timestamp", at.toString());
        fields.put("Error", text);
        object(fields);
    }

    /** Any object or array, as one line. */
    public void object(Object value) {
        try {
            raw(JSON.writeValueAsString(value) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written as JSON: " + value.getClass(), e);
        }
    }

    public void keepAlive() {
        raw("\n");
    }

    /** Text as it is. */
    public void raw(String text) {
        if (!open) {
            return;
        }
        try {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException | RuntimeException e) {
            // The client is gone; its work goes on without it.
            open = false;
        }
    }
}
