package io.orizuru.provision.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.orizuru.testing.RawTar;
import io.orizuru.testing.RawZip;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/** Archives that nobody with good intentions makes, and what they are refused with under the usual limits. */
final class HostileArchives {
    private static final String OUTSIDE = "outside the archive or in a circle";
    private static final byte[] MEBIBYTE = new byte[1 << 20];

    private final List<Case> cases = new ArrayList<>();

    /** @param refusal part of the message */
    record Case(String name, Supplier<byte[]> archive, String refusal) {
        @Override
        public String toString() {
            return name;
        }
    }

    private enum Kind {
        FILE,
        DIRECTORY,
        SYMBOLIC
    }

    private record Item(Kind kind, String name, String more) {}

    private HostileArchives() {}

    static List<Case> all() {
        HostileArchives made = new HostileArchives();
        made.names();
        made.links();
        made.doubles();
        made.kinds();
        made.sizes();
        made.numbers();
        made.damages();
        made.zipTables();
        return made.cases;
    }

    private void names() {
        String dots = "has \"..\" in its name";
        everywhere("up", "\"../outside\" " + dots, file("../outside"));
        everywhere("up in the middle", dots, file("a/../../outside"));
        everywhere("up and back", dots, file("a/../a"));
        everywhere("only up", dots, directory("../"));
        everywhere("up in Windows", dots, file("a/b\\..\\..\\..\\outside"));
        everywhere("absolute", "\"/tmp/outside\" has an absolute name", file("/tmp/outside"));
        everywhere("absolute directory", "has an absolute name", directory("//outside/"));
        everywhere("a drive", "has an absolute name", file("C:/outside"));
        everywhere("a drive of Windows", "has an absolute name", file("c:\\outside/x"));
        everywhere("a share of Windows", "has an absolute name", file("\\\\server\\share/x"));
        everywhere("deep", "more than 100 directories deep", file("d/".repeat(101) + "f"));
        everywhere("a long part", "a part of more than 255 bytes", file("n".repeat(300)));
        everywhere("long", "is not 1 to 3000 bytes long", file("abc/".repeat(20) + "n/".repeat(1500) + "f"));
        everywhere("a line feed", "\"a?b\" has a control character in its name", file("a\nb"));
        everywhere("an escape", "has a control character in its name", file("\u001b[2J"));
        everywhere("a control character of C1", "has a control character in its name", file("a\u009bb"));
        everywhere("the root as a file", "is there twice", file("."));
        everywhere("the root by another name", "is there twice", file("./."));
        tars("no name", "is not 1 to 3000 bytes long", () -> new RawTar().file("", 0644, "x"));
        tars("a NUL", "has a control character", () -> new RawTar()
                .pax("path", "a\0b")
                .file("x", 0644, "x"));
        only("a NUL in a zip", "has a control character", () -> new RawZip()
                .file("a\0b", 0644, "x")
                .zip());
    }

    private void links() {
        everywhere("link out", "\"l\" links to \"../../etc\", " + OUTSIDE, link("l", "../../etc"));
        everywhere("absolute link", "links to the absolute path \"/etc/passwd\"", link("l", "/etc/passwd"));
        everywhere("absolute link of Windows", "links to the absolute path", link("l", "C:\\x"));
        everywhere("link to nothing", "links to a name that is not 1 to", link("l", ""));
        everywhere("link with a NUL", "links to a name with a control character", link("l", "a\0b"));
        everywhere("long link", "links to a name that is not 1 to 3000 bytes", link("l", "x".repeat(3500)));
        everywhere(
                "out through another link",
                "\"out\" links to \"sub/up/../x\", " + OUTSIDE,
                file("sub/f"),
                link("sub/up", ".."),
                link("out", "sub/up/../x"));
        everywhere("a chain out", OUTSIDE, link("a", "b"), link("b", "c"), link("c", "../x"));
        everywhere("circle", "in a circle", link("a", "b"), link("b", "a"));
        everywhere("a link to itself", "in a circle", link("a", "a"));
        everywhere("write through an absolute link", "absolute path", link("l", "/tmp"), file("l/outside"));
        everywhere("write through a link", "\"l/f\" lies below a link", link("l", ".."), file("l/f"));
        everywhere("a link that becomes a directory", "lies below a link", link("l", "../x"), directory("l/"));
        everywhere("links that take long", "is a link too many: following", chains());
        tars("links that fill memory", "is a link too many: names", HostileArchives::longLinks);
        tars("hard link out", "has \"..\" in its name", () -> new RawTar().hardLink("h", "../../etc/passwd"));
        tars("absolute hard link", "has an absolute name", () -> new RawTar().hardLink("h", "/etc/passwd"));
        tars("hard link to nothing", "not a file before it", () -> new RawTar().hardLink("h", "none"));
        tars("hard link to itself", "not a file before it", () -> new RawTar().hardLink("h", "h"));
        tars("hard link to a directory", "not a file before it", () -> new RawTar()
                .directory("d", 0755)
                .hardLink("h", "d"));
        tars("hard link to a link", "not a file before it", () -> new RawTar()
                .symbolicLink("l", "f")
                .hardLink("h", "l"));
        tars("hard link through a link", "not a file before it", () -> new RawTar()
                .symbolicLink("l", "d")
                .hardLink("h", "l/passwd"));
        only("a zip's endless link", "more than 4096 bytes", () -> new RawZip()
                .symbolicLink("l", "x".repeat(5000))
                .zip());
    }

    private static Item[] chains() {
        List<Item> items = new ArrayList<>();
        items.add(directory("d/".repeat(90)));
        items.add(link("l0", "d/".repeat(90)));
        for (int i = 1; i < 30; i++) {
            items.add(link("l" + i, ("d/".repeat(80) + "../".repeat(80)).repeat(5) + "l" + (i - 1)));
        }
        for (int i = 0; i < 300; i++) {
            items.add(link("m" + i, "l29"));
        }
        return items.toArray(Item[]::new);
    }

    private static RawTar longLinks() {
        RawTar tar = new RawTar();
        for (int i = 0; i < 3500; i++) {
            tar.symbolicLink("l" + i, "d/".repeat(1450));
        }
        return tar;
    }

    private void doubles() {
        everywhere("a file, then a directory", "\"a/b\" lies below a file", file("a"), file("a/b"));
        everywhere("a file, then that directory", "\"a/\" lies below a file", file("a"), directory("a/"));
        everywhere("a directory, then a file", "\"a\" is there twice", file("a/b"), file("a"));
        everywhere("a directory, then a link", "\"a\" is there twice", file("a/b"), link("a", "b"));
    }

    private void kinds() {
        tars("a device", "\"null\" is a device", () -> special('3'));
        tars("a block device", "is a device", () -> special('4'));
        tars("a pipe", "is a named pipe", () -> special('6'));
        tars("a sparse file", "is a sparse file", () -> special('S'));
        tars("another volume's file", "is neither a file", () -> special('M'));
        tars("a name of a volume", "is neither a file", () -> special('V'));
        tars("a kind that is none", "is neither a file", () -> special('s'));
        tars("a sparse file in other words", "is a sparse file", () -> new RawTar()
                .pax("GNU.sparse.size", "1000")
                .pax("GNU.sparse.map", "0,1")
                .pax("GNU.sparse.numblocks", "1")
                .file("sparse", 0644, "x"));
        zips("a device", "is neither a file", new RawZip().special("null", 0020666, ""));
        zips("a block device", "is neither a file", new RawZip().special("sda", 0060666, ""));
        zips("a pipe", "is neither a file", new RawZip().special("p", 0010666, ""));
        zips("a socket", "is neither a file", new RawZip().special("s", 0140666, ""));
    }

    private static RawTar special(char type) {
        return new RawTar().entry("null", type, 0666, new byte[0], "");
    }

    private void sizes() {
        String ratio = "\"zeros\" makes the archive unpack to more than 200 times its size";
        only(
                "zeros in gzip",
                ratio,
                () -> RawTar.gzip(new RawTar()
                        .entry("zeros", '0', 0644, new byte[20 << 20], "")
                        .tar()));
        only("zeros in a zip", ratio, () -> new RawZip()
                .file("zeros", 0644, new byte[20 << 20])
                .zip());
        only(
                "zeros behind a directory",
                "times its size",
                () -> RawTar.gzip(new RawTar()
                        .entry("zeros/", '5', 0755, new byte[20 << 20], "")
                        .tar()));
        only(
                "more than 2 GiB in gzip",
                "more than 2048 MiB",
                () -> RawTar.gzip(new RawTar()
                        .header("zeros", '0', 0644, RawTar.octal(3L << 30), "")
                        .content(MEBIBYTE)
                        .tar()));
        only("files of 2 GiB in all", "unpack to more than", HostileArchives::manyMebibytes);
        only(
                "zeros after the end",
                "goes on after its end",
                () -> repeated(RawTar.gzip(new RawTar().file("f", 0644, "x").tar()), RawTar.gzip(MEBIBYTE), 2000));
        only(
                "lines after the end",
                "goes on after its end",
                () -> joined(
                        new RawTar().file("f", 0644, "x").tar(),
                        "more".repeat(5000).getBytes(UTF_8)));
        tars("a size beyond the end", "cannot be read after its entry \"f\"", () -> new RawTar()
                .header("f", '0', 0644, RawTar.octal(5000), ""));
        tars("a size below zero", "cannot be read", () -> new RawTar().header("f", '0', 0644, binary((byte) 0xff), ""));
        tars("a size beyond numbers", "", () -> new RawTar().header("f", '0', 0644, binary((byte) 0x80), ""));
        tars("a size that is no number", "cannot be read", () -> new RawTar()
                .header("f", '0', 0644, "9z9z9z9z9z9".getBytes(UTF_8), ""));
        tars("an attribute's huge size", "more than 2048 MiB", () -> new RawTar()
                .pax("size", "9223372036854775807")
                .file("f", 0644, "x"));
        tars("an attribute's size below zero", "cannot be read", () -> new RawTar()
                .pax("size", "-1")
                .file("f", 0644, "x"));
        tars("an attribute's size beyond numbers", "cannot be read", () -> new RawTar()
                .pax("size", "99999999999999999999")
                .file("f", 0644, "x"));
        tars("a huge attribute", "a header is larger than 1024 KiB", () -> new RawTar()
                .pax("comment", "x".repeat(3 << 20))
                .file("f", 0644, "x"));
        tars("a huge long name", "a header is larger", () -> new RawTar()
                .entry("long", 'L', 0644, new byte[3 << 20], "")
                .file("f", 0644, "x"));
        tars("attributes without end", "a header is larger", () -> repeat('g'));
        tars("long names without end", "a header is larger", () -> repeat('L'));
        only("larger than it says", "\"f\" is larger than the archive says", () -> lying(50 << 20, 10));
        only("smaller than it says", "\"f\" is smaller than the archive says", () -> lying(1000, 4000));
        only("4 GiB, it says", "more than 2048 MiB", () -> lying(1000, 0xfffffffeL));
        only("content of all the file", "", () -> {
            RawZip zip = new RawZip();
            return zip.listed("f", zip.written("f", 0100644, new byte[4000]).withCompressed(1 << 30))
                    .zip();
        });
    }

    private static byte[] manyMebibytes() {
        byte[] head = RawTar.gzip(new RawTar().file("f", 0644, "x").piece());
        RawTar one = new RawTar().entry("zeros", '0', 0644, new byte[16 << 20], "");
        return repeated(head, RawTar.gzip(one.piece()), 200);
    }

    private static RawTar repeat(char type) {
        RawTar tar = new RawTar();
        for (int i = 0; i < 3000; i++) {
            tar.entry("again", type, 0644, new byte[0], "");
        }
        return tar;
    }

    private static byte[] binary(byte first) {
        byte[] size = new byte[12];
        Arrays.fill(size, (byte) 0xff);
        size[0] = first;
        return size;
    }

    private static byte[] lying(int size, long said) {
        RawZip zip = new RawZip();
        return zip.listed("f", zip.written("f", 0100644, new byte[size]).withSize(said))
                .zip();
    }

    private void numbers() {
        String many = "more than 100000 entries";
        only("a million files in gzip", many, () -> {
            RawTar thousand = new RawTar();
            for (int i = 0; i < 1000; i++) {
                thousand.file("f" + i, 0644, "");
            }
            return repeated(new byte[0], RawTar.gzip(thousand.piece()), 1000);
        });
        only("a million files in a tar", many, () -> {
            RawTar tar = new RawTar();
            for (int i = 0; i < 100_001; i++) {
                tar.directory("d", 0755);
            }
            return tar.tar();
        });
        only(
                "a million files in a zip",
                "more than 24 MiB".replace("more", "larger"),
                () -> manyZipEntries(1_000_000, 0));
        only("more files than a zip says", many, () -> manyZipEntries(100_001, 1));
    }

    private static byte[] manyZipEntries(int count, int said) {
        RawZip zip = new RawZip();
        RawZip.Facts facts = zip.written("f", 0100644, new byte[0]);
        for (int i = 0; i < count; i++) {
            zip.listed("f", facts);
        }
        return zip.zip(said, zip.start());
    }

    private void damages() {
        byte[] tar = new RawTar().file("f", 0644, "x".repeat(3000)).tar();
        byte[] zip = new RawZip().file("f", 0644, "x".repeat(3000)).zip();
        only("a tar cut off", "cannot be read after its entry \"f\"", () -> Arrays.copyOf(tar, 1000));
        only("a gzip cut off", "cannot be read", () -> cut(RawTar.gzip(tar), 20));
        only("a gzip without its checksum", "cannot be read", () -> cut(RawTar.gzip(tar), 8));
        only("a gzip with another checksum", "cannot be read", () -> changed(RawTar.gzip(tar), -8));
        only(
                "a gzip followed by something else",
                "cannot be read",
                () -> joined(RawTar.gzip(tar), "else".getBytes(UTF_8)));
        only(
                "a gzip of text",
                "cannot be read",
                () -> RawTar.gzip("hello".repeat(500).getBytes(UTF_8)));
        only("a tar with a wrong checksum", "\"f\" has a header whose checksum is wrong", () -> changed(tar, 108));
        only("a zip cut off", "its end is missing", () -> cut(zip, 10));
        only("a zip with another checksum", "\"f\" has content whose checksum is wrong", () -> {
            RawZip other = new RawZip();
            return other.listed("f", other.written("f", 0100644, MEBIBYTE).withCrc(1))
                    .zip();
        });
        only("an encrypted file", "is encrypted", () -> {
            RawZip other = new RawZip();
            return other.listed("f", other.written("f", 0100644, MEBIBYTE).withFlags(1))
                    .zip();
        });
        only("an unknown compression", "compressed in a way that is not supported", () -> {
            RawZip other = new RawZip();
            return other.listed("f", other.written("f", 0100644, MEBIBYTE).withMethod(93))
                    .zip();
        });
        only("compressed content that is none", "cannot be read after its entry \"f\"", () -> {
            RawZip other = new RawZip();
            return other.listed(
                            "f",
                            other.written("f", 0100644, "not deflated".getBytes(UTF_8))
                                    .withMethod(8))
                    .zip();
        });
        only("nothing", "the archive is empty", () -> new byte[0]);
        only("a tar of nothing", "the archive is empty", () -> new RawTar().tar());
        only("a gzip of nothing", "the archive is empty", () -> RawTar.gzip(new RawTar().tar()));
        only("a zip of nothing", "the archive is empty", () -> new RawZip().zip());
        only("only the root", "the archive is empty", () -> new RawTar()
                .directory("./", 0755)
                .tar());
        only("text", "neither a tar, nor", () -> "hello".repeat(200).getBytes(UTF_8));
        only("another compression", "neither a tar, nor", () -> new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0});
    }

    private void zipTables() {
        only("files that share their content", "shares bytes with another entry", () -> {
            RawZip zip = new RawZip();
            RawZip.Facts kernel = zip.written("kernel", 0100644, MEBIBYTE);
            for (int i = 0; i < 2000; i++) {
                zip.listed("f" + i, kernel);
            }
            return zip.zip();
        });
        only("files that lie in each other", "shares bytes with another entry", () -> {
            RawZip zip = new RawZip();
            RawZip.Facts outer = zip.written("outer", 0100644, "a".getBytes(UTF_8));
            RawZip.Facts inner = zip.written("inner", 0100644, "b".getBytes(UTF_8));
            return zip.listed("outer", outer.withCompressed(37).withSize(37))
                    .listed("inner", inner)
                    .zip();
        });
        only("a file in the table of contents", "", () -> {
            RawZip zip = new RawZip();
            RawZip.Facts facts = zip.written("f", 0100644, "x".getBytes(UTF_8));
            return zip.listed("f", facts.withOffset(zip.start() + 1)).zip();
        });
        only("a table elsewhere", "not where its end says", () -> {
            RawZip zip = new RawZip().file("f", 0644, "x");
            return zip.zip(1, 1);
        });
        only("a table of zip64 elsewhere", "not where its end says", () -> {
            RawZip zip = new RawZip().file("f", 0644, "x");
            return zip.zip64(1, zip.tableSize());
        });
        only("a table of zip64 beyond numbers", "not where its end says", () -> new RawZip()
                .file("f", 0644, "x")
                .zip64(-8, Long.MAX_VALUE));
        only("a table of zip64 that is none", "end is not where it says", () -> {
            RawZip zip = new RawZip().file("f", 0644, "x");
            byte[] bytes = zip.zip64(zip.start(), zip.tableSize());
            bytes[bytes.length - 22 - 12] = 3;
            return bytes;
        });
    }

    private static Item file(String name) {
        return new Item(Kind.FILE, name, "x");
    }

    private static Item directory(String name) {
        return new Item(Kind.DIRECTORY, name, "");
    }

    private static Item link(String name, String target) {
        return new Item(Kind.SYMBOLIC, name, target);
    }

    /** In each format. */
    private void everywhere(String name, String refusal, Item... items) {
        // A NUL ends what a tar's header can say of a link.
        boolean tarCanSayIt = Arrays.stream(items).noneMatch(item -> item.more().contains("\0"));
        if (tarCanSayIt) {
            tars(name, refusal, () -> {
                RawTar tar = new RawTar();
                for (Item item : items) {
                    switch (item.kind()) {
                        case FILE -> tar.file(item.name(), 0644, item.more());
                        case DIRECTORY -> tar.directory(item.name(), 0755);
                        case SYMBOLIC -> tar.symbolicLink(item.name(), item.more());
                    }
                }
                return tar;
            });
        }
        only(name + " (zip)", refusal, () -> {
            RawZip zip = new RawZip();
            for (Item item : items) {
                switch (item.kind()) {
                    case FILE -> zip.file(item.name(), 0644, item.more());
                    case DIRECTORY -> zip.directory(item.name(), 0755);
                    case SYMBOLIC -> zip.symbolicLink(item.name(), item.more());
                }
            }
            return zip.zip();
        });
    }

    private void tars(String name, String refusal, Supplier<RawTar> tar) {
        only(name + " (tar)", refusal, () -> tar.get().tar());
        only(name + " (tar.gz)", refusal, () -> RawTar.gzip(tar.get().tar()));
    }

    private void zips(String name, String refusal, RawZip zip) {
        only(name + " (zip)", refusal, zip::zip);
    }

    private void only(String name, String refusal, Supplier<byte[]> archive) {
        cases.add(new Case(name, archive, refusal));
    }

    private static byte[] cut(byte[] bytes, int atTheEnd) {
        return Arrays.copyOf(bytes, bytes.length - atTheEnd);
    }

    private static byte[] changed(byte[] bytes, int at) {
        byte[] other = bytes.clone();
        other[at < 0 ? bytes.length + at : at] ^= 1;
        return other;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        return repeated(first, second, 1);
    }

    private static byte[] repeated(byte[] first, byte[] more, int times) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(first.length + more.length * times);
        all.writeBytes(first);
        for (int i = 0; i < times; i++) {
            all.writeBytes(more);
        }
        return all.toByteArray();
    }
}
