package io.orizuru.outgoing;

import io.orizuru.outgoing.OutgoingFailure.Rule;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;

/** Reads answers into memory: of all that are being read together, no more than fits. The small ones do not count. */
final class HeldAnswers {
    private static final int CHUNK = 32 << 10;
    /** Of all answers: 24 MiB. */
    private static final Semaphore CHUNKS = new Semaphore(768);

    private HeldAnswers() {}

    /** Nothing is waited for: whoever holds a part of an answer would let others wait as long as it takes. */
    static byte[] read(InputStream body, String host) throws IOException {
        int held = 0;
        try {
            byte[] chunk = body.readNBytes(CHUNK);
            if (chunk.length < CHUNK) {
                return chunk;
            }
            ByteArrayOutputStream whole = new ByteArrayOutputStream(2 * CHUNK);
            while (chunk.length > 0) {
                whole.writeBytes(chunk);
                if (!CHUNKS.tryAcquire()) {
                    throw new OutgoingFailure(
                            Rule.SIZE, host, "too many large answers are being read, try again in a moment");
                }
                held++;
                chunk = body.readNBytes(CHUNK);
            }
            return whole.toByteArray();
        } finally {
            CHUNKS.release(held);
        }
    }
}
