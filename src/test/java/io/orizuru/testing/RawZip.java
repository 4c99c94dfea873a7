package io.orizuru.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes a zip, record by record. A library refuses to write much of what an attacker would. */
public final class RawZip {
    private static final int STORED = 0;
    private static final int DEFLATED = 8;
    /** Names are UTF-8. */
    private static final int FLAGS = 1 << 11;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream table = new ByteArrayOutputStream();
    private int entries;

    /** What an entry says of itself; the truth unless it was changed. */
    public record Facts(int flags, int method, long crc, long compressed, long size, int unixMode, int offset) {
        public Facts withSize(long said) {
            return new Facts(flags, method, crc, compressed, said, unixMode, offset);
        }

        public Facts withCompressed(long said) {
            return new Facts(flags, method, crc, said, size, unixMode, offset);
        }

        public Facts withCrc(long said) {
            return new Facts(flags, method, said, compressed, size, unixMode, offset);
        }

        public Facts withFlags(int said) {
            return new Facts(said, method, crc, compressed, size, unixMode, offset);
        }

        public Facts withMethod(int said) {
            return new Facts(flags, said, crc, compressed, size, unixMode, offset);
        }

        public Facts withOffset(int said) {
            return new Facts(flags, method, crc, compressed, size, unixMode, said);
        }
    }

    public RawZip file(String name, int mode, String content) {
        return file(name, mode, content.getBytes(StandardCharsets.UTF_8));
    }

    public RawZip file(String name, int mode, byte[] content) {
        return listed(name, written(name, 0100000 | mode, content));
    }

    public RawZip directory(String name, int mode) {
        return listed(name, written(name, 040000 | mode, new byte[0]));
    }

    public RawZip symbolicLink(String name, String target) {
        return special(name, 0120777, target);
    }

    /** @param unixMode with its type */
    public RawZip special(String name, int unixMode, String content) {
        return listed(name, written(name, unixMode, content.getBytes(StandardCharsets.UTF_8)));
    }

    /** Writes header and content, and tells what the table of contents is to say. */
    public Facts written(String name, int unixMode, byte[] content) {
        byte[] packed = deflated(content);
        boolean smaller = packed.length < content.length;
        byte[] data = smaller ? packed : content;
        CRC32 sum = new CRC32();
        sum.update(content);
        Facts facts = new Facts(
                FLAGS, smaller ? DEFLATED : STORED, sum.getValue(), data.length, content.length, unixMode, out.size());
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        Little header = new Little().words(0x04034b50).halves(20);
        common(header, facts, bytes.length);
        out.writeBytes(header.halves(0).bytes());
        out.writeBytes(bytes);
        out.writeBytes(data);
        return facts;
    }

    /** An entry of the table of contents. */
    public RawZip listed(String name, Facts facts) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        Little entry = new Little().words(0x02014b50).halves(3 << 8 | 20, 20);
        common(entry, facts, bytes.length);
        entry.halves(0, 0, 0, 0).words((long) facts.unixMode() << 16, facts.offset());
        table.writeBytes(entry.bytes());
        table.writeBytes(bytes);
        entries++;
        return this;
    }

    private static void common(Little header, Facts facts, int nameLength) {
        header.halves(facts.flags(), facts.method()).words(0);
        header.words(facts.crc(), facts.compressed(), facts.size()).halves(nameLength);
    }

    public byte[] zip() {
        return zip(entries, out.size());
    }

    /** With an end that says what it likes. */
    public byte[] zip(int saidEntries, int saidStart) {
        Little end = new Little().words(0x06054b50, 0).halves(saidEntries, saidEntries);
        return with(end.words(table.size(), saidStart).halves(0).bytes());
    }

    /** With the end of a zip64, which says where to look; the plain end says something else. */
    public byte[] zip64(long saidStart, long saidSize) {
        Little end = new Little().words(0x06064b50).longs(44).halves(45, 45).words(0, 0);
        end.longs(entries, entries, saidSize, saidStart);
        end.words(0x07064b50, 0).longs(out.size() + table.size()).words(1);
        end.words(0x06054b50, 0).halves(0xffff, 0xffff).words(-1, -1).halves(0);
        return with(end.bytes());
    }

    public int start() {
        return out.size();
    }

    public int tableSize() {
        return table.size();
    }

    private byte[] with(byte[] end) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(out.toByteArray());
        all.writeBytes(table.toByteArray());
        all.writeBytes(end);
        return all.toByteArray();
    }

    private static byte[] deflated(byte[] content) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(content);
        deflater.finish();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        while (!deflater.finished()) {
            bytes.write(buffer, 0, deflater.deflate(buffer));
        }
        deflater.end();
        return bytes.toByteArray();
    }

    /** Numbers, the low byte first. */
    private static final class Little {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Little halves(int... numbers) {
            for (int number : numbers) {
                put(number, 2);
            }
            return this;
        }

        Little words(long... numbers) {
            for (long number : numbers) {
                put(number, 4);
            }
            return this;
        }

        Little longs(long... numbers) {
            for (long number : numbers) {
                put(number, 8);
            }
            return this;
        }

        private void put(long number, int size) {
            for (int i = 0; i < size; i++) {
                bytes.write((int) (number >> (8 * i)));
            }
        }

        byte[] bytes() {
            return bytes.toByteArray();
        }
    }
}
