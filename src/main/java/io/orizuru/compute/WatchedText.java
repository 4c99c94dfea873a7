package io.orizuru.compute;

import java.util.concurrent.CancellationException;

/** A text that ends whoever reads it once the thread was interrupted. */
final class WatchedText implements CharSequence {
    private static final int BETWEEN_LOOKS = 512;

    private final CharSequence text;
    private int unseen;
    /** How often a character was asked for. */
    private long read;

    WatchedText(CharSequence text) {
        this.text = text;
    }

    long read() {
        return read;
    }

    @Override
    public char charAt(int index) {
        read++;
        if (++unseen >= BETWEEN_LOOKS) {
            unseen = 0;
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("nobody waits for it any more");
            }
        }
        return text.charAt(index);
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.subSequence(start, end);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
