package io.orizuru.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.orizuru.access.Caller;
import io.orizuru.failure.Failure;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;
import org.jspecify.annotations.Nullable;

/**
 * Every answer of every operation goes through here: it is written to bytes at once, in {@link AnswerMemory}, so that the
 * objects that it was made of are gone before anybody begins to read. What grows ({@link StreamedJson}, {@link Lines}) is not
 * made at once and has a fixed room of its own.
 */
@ApplicationScoped
class BoundedAnswers {
    /** Answers up to this size are as good as nothing beside the connection itself. */
    private static final int FREE = 8 << 10;

    /** An answer that is whole is read in this time, or its connection ends. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final MediaType JSON = MediaType.APPLICATION_JSON_TYPE.withCharset("UTF-8");

    private static final String TURN = "orizuru.turn";

    private final AnswerMemory memory;
    private final ObjectMapper json;
    private final Calls calls;

    BoundedAnswers(AnswerMemory memory, ObjectMapper json, Calls calls) {
        this.memory = memory;
        this.json = json;
        this.calls = calls;
    }

    /**
     * Waits for the operation's turn. Operations that only read have one; those that change something are bounded by what they
     * read of their input, and those that wait for others would let everybody wait.
     *
     * @throws Failure when it does not come in time
     */
    void begin(OperationDescriptor operation) {
        Api api = operation.handler().getAnnotation(Api.class);
        boolean reads = operation.method().equals("GET")
                && !operation.socket()
                && !api.waits()
                && operation.cost() == Api.Cost.USUAL;
        if (reads) {
            AnswerMemory.Turn turn = memory.turn();
            RoutingContext context = SlowReaders.request();
            context.put(TURN, turn);
            context.addEndHandler(ended -> turn.close());
        }
    }

    @ServerResponseFilter
    public void bound(ContainerResponseContext response) {
        try {
            Object entity = response.getEntity();
            if (entity != null && !(entity instanceof StreamingOutput)) {
                byte[] bytes = bytes(entity);
                if (bytes != null) {
                    response.setEntity(bytes, null, JSON);
                }
            }
        } catch (Failure e) {
            response.setStatus(FailureAnswers.status(e.kind()));
            response.getHeaders().putSingle("Retry-After", "2");
            response.setEntity(e.message() + "\n", null, MediaType.TEXT_PLAIN_TYPE);
            response.getHeaders().putSingle("Content-Type", "text/plain; charset=utf-8");
        } finally {
            if (SlowReaders.request().get(TURN) instanceof AnswerMemory.Turn turn) {
                turn.close();
            }
        }
    }

    /** Null for what may stay as it is. */
    private byte @Nullable [] bytes(Object entity) {
        if (entity instanceof String text) {
            reserve(2L * text.length());
            return null;
        }
        if (entity instanceof byte[] made) {
            reserve(made.length);
            return null;
        }
        AnswerMemory.Room room = room();
        try (RoomFor out = new RoomFor(room)) {
            json.writeValue(out, entity);
            // A small one is written as it always was.
            return out.size() <= FREE ? null : out.whole();
        } catch (IOException e) {
            room.close();
            if (e.getCause() instanceof Failure failure) {
                throw failure;
            }
            throw new UncheckedIOException("cannot be written as JSON: " + entity.getClass(), e);
        } catch (RuntimeException e) {
            room.close();
            throw e;
        }
    }

    private void reserve(long bytes) {
        if (bytes > FREE) {
            room().grow(bytes);
        }
    }

    /** Room for the answer to the request that is being served. */
    AnswerMemory.Room room() {
        RoutingContext context = SlowReaders.request();
        AnswerMemory.Room room = memory.room(caller(context.request()));
        long late = context.vertx().setTimer(PATIENCE.toMillis(), timer -> context.request()
                .connection()
                .close());
        context.addEndHandler(ended -> {
            context.vertx().cancelTimer(late);
            room.close();
        });
        return room;
    }

    private String caller(HttpServerRequest request) {
        Caller caller = calls.begun() ? calls.current().caller() : Caller.ANONYMOUS;
        if (!caller.isAnonymous()) {
            return caller.type() + "/" + caller.name();
        }
        return request.remoteAddress() == null
                ? ""
                : String.valueOf(request.remoteAddress().host());
    }

    /** Bytes that take room as they become more. */
    private static final class RoomFor extends OutputStream {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 10);
        private final AnswerMemory.Room room;

        private RoomFor(AnswerMemory.Room room) {
            this.room = room;
        }

        private void more(int count) {
            long size = (long) bytes.size() + count;
            if (size > FREE) {
                room.grow(size);
            }
        }

        @Override
        public void write(int one) {
            more(1);
            bytes.write(one);
        }

        @Override
        public void write(byte[] some, int from, int count) {
            more(count);
            bytes.write(some, from, count);
        }

        private int size() {
            return bytes.size();
        }

        private byte[] whole() {
            return bytes.toByteArray();
        }
    }
}
