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
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * An answer that grows. Writing blocks while the client reads slowly, so only readers of what others produce may do it.
 * When the client is gone, {@link #open} says so and writing does nothing; one that reads nothing for a while is gone as well.
 */
public final class Lines {
    /** How long a stream may be silent before an empty line keeps it alive. */
    public static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final OutputStream out;
    private final SlowReaders.Reader reader;
    private boolean open = true;
    private BooleanSupplier closed = () -> false;

    private Lines(OutputStream out, SlowReaders.Reader reader) {
        this.out = out;
        this.reader = reader;
    }

    private static StreamingOutput grown(Consumer<Lines> writer) {
        RoutingContext request = SlowReaders.request();
        return out -> {
            try (SlowReaders.Reader reader = SlowReaders.watch(request)) {
                writer.accept(new Lines(out, reader));
            } catch (RuntimeException e) {
                // Nobody is to take what there is for all.
                request.request().connection().close();
                throw e;
            }
        };
    }

    /** A stream of JSON objects, one a line; clients compare its content type whole. */
    public static Response.ResponseBuilder json(Consumer<Lines> writer) {
        return Response.ok(grown(writer), "application/x-json-stream");
    }

    /**
     * A stream of plain text, with the content type {@code text} that clients of deploys expect. JAX-RS knows no such
     * type, see {@link ExactContentType}.
     */
    public static Response.ResponseBuilder text(RoutingContext request, Consumer<Lines> writer) {
        ExactContentType.set(request, "text");
        return Response.ok(grown(writer), "text/plain");
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
        raw(written(value) + "\n");
    }

    private static String written(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written as JSON: " + value.getClass(), e);
        }
    }

    /** Elements of an array whose brackets are written {@linkplain #raw as they are}; not none. */
    public void elements(String before, List<?> values) {
        String array = written(values);
        raw(before + array.substring(1, array.length() - 1));
    }

    public void keepAlive() {
        raw("\n");
    }

    /** Text as it is. */
    public void raw(String text) {
        if (!open) {
            return;
        }
        reader.begin();
        try {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException | RuntimeException e) {
            // The client is gone; its work goes on without it.
            open = false;
        } finally {
            reader.end();
        }
    }
}
