package io.orizuru.http;

import io.orizuru.failure.Failure;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.RequestScoped;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The memory that a request's form or JSON takes. What is read becomes ten times as much as a tree, so all large bodies
 * together are bounded: those that find no room are told to come again.
 */
@RequestScoped
class TextMemory {
    /** The first one of each body is free, and that is all that most have. */
    private static final int CHUNK = 64 << 10;

    private static final int MOST_CHUNKS = 256;
    private static final long PATIENCE_SECONDS = 5;
    private static final Semaphore CHUNKS = new Semaphore(MOST_CHUNKS, true);

    private int held;

    /**
     * Reads a body to its end.
     *
     * @param most more bytes are refused
     */
    byte[] read(InputStream in, int most) throws IOException {
        byte[] chunk = in.readNBytes(CHUNK);
        if (chunk.length < CHUNK) {
            return chunk;
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream(4 * CHUNK);
        while (chunk.length > 0) {
            whole.writeBytes(chunk);
            if (whole.size() > most) {
                throw Failure.tooLarge("the body is larger than " + most + " bytes");
            }
            reserve();
            chunk = in.readNBytes(CHUNK);
        }
        return whole.toByteArray();
    }

    private void reserve() {
        try {
            if (!CHUNKS.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw Failure.unavailable("too many large bodies are being read, try again in a moment");
            }
            held++;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        }
    }

    @PreDestroy
    void release() {
        CHUNKS.release(held);
        held = 0;
    }
}
