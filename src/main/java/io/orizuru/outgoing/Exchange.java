package io.orizuru.outgoing;

import java.io.InputStream;

/** An answer while it comes in. To be closed, which ends the connection whether or not all was read. */
public final class Exchange implements AutoCloseable {
    private final AnswerHead head;
    private final InputStream body;
    private final Wire wire;

    Exchange(AnswerHead head, InputStream body, Wire wire) {
        this.head = head;
        this.body = body;
        this.wire = wire;
    }

    public AnswerHead head() {
        return head;
    }

    /**
     * The body as it comes, neither decoded nor decompressed. Reading throws an {@link OutgoingFailure} once it is too long
     * or takes too long, or breaks off.
     */
    public InputStream body() {
        return body;
    }

    @Override
    public void close() {
        wire.close();
    }
}
