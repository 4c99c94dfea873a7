package io.orizuru.http;

import io.orizuru.failure.Failure;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.RequestScoped;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The memory that one request's input takes, see {@link InputMemory}. It is held until the operation has answered. */
@RequestScoped
class TextMemory {
    /** So much of each body is free: there are not more requests than connections. */
    private static final int FREE = 4 << 10;

    /** Bytes that become texts are held as they came, as texts, bound to a record, and on their way to the database. */
    private static final int COPIES = 16;

    /** A value, name or group as a node of a tree and what it is bound to; in bytes. */
    private static final int ITEM = 512;

    /** A text of unknown length is held in a buffer that doubles, and in the one before, or as the result. */
    private static final int GROWING = 3;

    private static final int CHUNK = 8 << 10;

    private final List<InputMemory.Part> parts = new ArrayList<>();

    /** Takes memory for a body that is going to come. */
    void arriving(String caller, long bytes) {
        if (bytes > FREE) {
            parts.add(InputMemory.ARRIVING.take(caller, bytes));
        }
    }

    /** Takes memory for what a body becomes; the part may shrink once it is known. */
    InputMemory.Part unfolding(String caller, long bytes, int items) {
        InputMemory.Part part = InputMemory.UNFOLDED.take(caller, unfolded(bytes, items));
        parts.add(part);
        return part;
    }

    /** What bytes with so many values, names and groups become, in bytes. */
    static long unfolded(long bytes, int items) {
        return bytes * COPIES + Math.min(bytes, items) * ITEM;
    }

    /**
     * Reads a body to its end.
     *
     * @param caller whose share of the memory it counts against
     * @param declared its length, or -1 when nobody knows
     * @param most more bytes are refused
     */
    byte[] read(InputStream in, String caller, long declared, int most) throws IOException {
        if (declared > most) {
            throw tooLarge(most);
        }
        if (declared < 0) {
            arriving(caller, (long) most * GROWING);
            return grown(in, most);
        }
        arriving(caller, declared);
        byte[] whole = new byte[(int) declared];
        int length = in.readNBytes(whole, 0, whole.length);
        return length == whole.length ? whole : Arrays.copyOf(whole, length);
    }

    private static byte[] grown(InputStream in, int most) throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        byte[] chunk = new byte[Math.min(most + 1, CHUNK)];
        for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
            if (whole.size() + read > most) {
                throw tooLarge(most);
            }
            whole.write(chunk, 0, read);
        }
        return whole.toByteArray();
    }

    static Failure tooLarge(long most) {
        return Failure.tooLarge("the body is larger than " + most + " bytes, the most that is taken here");
    }

    @PreDestroy
    void release() {
        parts.forEach(InputMemory.Part::release);
        parts.clear();
    }
}
