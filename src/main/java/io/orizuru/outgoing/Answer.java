package io.orizuru.outgoing;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** An answer, whole and in memory. Any status is an answer: the caller says which ones are good. */
public final class Answer {
    private final AnswerHead head;
    private final byte[] body;

    Answer(AnswerHead head, byte[] body) {
        this.head = head;
        this.body = body;
    }

    public AnswerHead head() {
        return head;
    }

    public int status() {
        return head.status();
    }

    /** The first value of a header, whatever its case. */
    public Optional<String> header(String name) {
        return head.header(name);
    }

    public byte[] bytes() {
        return body.clone();
    }

    /** The body as UTF-8; what is none becomes replacement characters. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
