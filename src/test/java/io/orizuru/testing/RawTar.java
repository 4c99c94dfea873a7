package io.orizuru.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

/** Writes a tar, block by block. A library refuses to write much of what an attacker would. */
public final class RawTar {
    private static final int BLOCK = 512;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    public RawTar file(String name, int mode, String content) {
        return entry(name, '0', mode, content.getBytes(StandardCharsets.UTF_8), "");
    }

    public RawTar directory(String name, int mode) {
        return entry(name, '5', mode, new byte[0], "");
    }

    public RawTar symbolicLink(String name, String target) {
        return entry(name, '2', 0777, new byte[0], target);
    }

    public RawTar hardLink(String name, String target) {
        return entry(name, '1', 0644, new byte[0], target);
    }

    /** An entry of any kind; names and targets that are too long for a header get one of their own. */
    public RawTar entry(String name, char type, int mode, byte[] content, String target) {
        if (bytes(name).length > 100) {
            pax("path", name);
        }
        if (bytes(target).length > 100) {
            pax("linkpath", target);
        }
        return header(name, type, mode, octal(content.length), target).content(content);
    }

    /** An extended attribute of the entry that comes next. */
    public RawTar pax(String key, String value) {
        byte[] rest = bytes(" " + key + "=" + value + "\n");
        int length = rest.length + 1;
        while (Integer.toString(length).length() + rest.length != length) {
            length++;
        }
        byte[] record = new byte[length];
        byte[] digits = bytes(Integer.toString(length));
        System.arraycopy(digits, 0, record, 0, digits.length);
        System.arraycopy(rest, 0, record, digits.length, rest.length);
        return header("pax", 'x', 0644, octal(record.length), "").content(record);
    }

    /** @param size the field of 12 bytes, as it is */
    public RawTar header(String name, char type, int mode, byte[] size, String target) {
        byte[] header = new byte[BLOCK];
        put(header, 0, 100, bytes(name));
        put(header, 100, 8, bytes("%07o".formatted(mode)));
        put(header, 108, 8, bytes("0000000"));
        put(header, 116, 8, bytes("0000000"));
        put(header, 124, 12, size);
        put(header, 136, 12, bytes("00000000000"));
        header[156] = (byte) type;
        put(header, 157, 100, bytes(target));
        put(header, 257, 8, bytes("ustar\00000"));
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, 8, bytes("%06o\0 ".formatted(sum)));
        out.writeBytes(header);
        return this;
    }

    public static byte[] octal(long size) {
        return bytes("%011o".formatted(size));
    }

    /** Content and what fills its last block. */
    public RawTar content(byte[] content) {
        out.writeBytes(content);
        out.writeBytes(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
        return this;
    }

    /** With its end. */
    public byte[] tar() {
        byte[] written = out.toByteArray();
        return Arrays.copyOf(written, written.length + 2 * BLOCK);
    }

    /** Without its end, for pieces. */
    public byte[] piece() {
        return out.toByteArray();
    }

    public static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void put(byte[] header, int at, int room, byte[] field) {
        System.arraycopy(field, 0, header, at, Math.min(room, field.length));
    }
}
