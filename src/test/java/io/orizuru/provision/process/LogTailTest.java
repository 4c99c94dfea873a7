package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTailTest {
    @TempDir
    Path directory;

    private final List<String> lines = new ArrayList<>();
    private Path file = Path.of("");

    @BeforeEach
    void open() {
        file = directory.resolve("log");
    }

    private LogTail tail() {
        return new LogTail(file, directory.resolve("offset"), 100_000);
    }

    private void print(String text) throws IOException {
        print(text.getBytes(StandardCharsets.UTF_8));
    }

    private void print(byte[] bytes) throws IOException {
        Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Test
    void aLineIsGivenOutOnceWhenItIsComplete() throws IOException {
        LogTail tail = tail();
        tail.follow(lines::add);
        print("one\ntw");
        tail.follow(lines::add);
        assertThat(lines).containsExactly("one");
        print("o\r\n\nthree");
        tail().follow(lines::add);
        assertThat(lines).containsExactly("one", "two", "");
        tail().finish(lines::add);
        tail().finish(lines::add);
        assertThat(lines).containsExactly("one", "two", "", "three");
    }

    @Test
    void aLongLineComesInPiecesThatCutNoCharacter() throws IOException {
        String text = "x" + "ü".repeat(200_000);
        print(text);
        LogTail tail = tail();
        tail.follow(lines::add);
        print("end\nnext\n");
        tail.follow(lines::add);
        assertThat(String.join("", lines)).isEqualTo(text + "endnext");
        assertThat(lines).hasSize(8).allSatisfy(line -> assertThat(line.getBytes(StandardCharsets.UTF_8))
                .hasSizeLessThanOrEqualTo(LogTail.LONGEST_LINE));
    }

    @Test
    void whatWaitsBeyondTheBoundIsCutAndTold() throws IOException {
        LogTail tail = tail();
        print("before\n");
        tail.follow(lines::add);
        print("y\n".repeat(17 << 20));
        tail.bound(false, lines::add);
        assertThat(file).isEmptyFile();
        print("after\n");
        tail.follow(lines::add);
        assertThat(lines)
                .containsExactly(
                        "before",
                        "orizuru: dropped 34 MiB of what this unit printed: it prints faster than its log can be kept",
                        "after");
    }

    @Test
    void withoutRoomOnTheDiskLittleMayWait() throws IOException {
        LogTail tail = tail();
        print("y\n".repeat(1 << 20));
        tail.bound(false, lines::add);
        assertThat(file).hasSize(2 << 20);
        tail.bound(true, lines::add);
        assertThat(file).isEmptyFile();
    }

    @Test
    void aFileThatSeemsToHaveATerabyteIsReadToItsEndInAMoment() throws IOException {
        try (var whole = new java.io.RandomAccessFile(file.toFile(), "rw")) {
            whole.setLength(1L << 40);
        }
        print("\nlast\n");
        tail().finish(lines::add);
        assertThat(lines.getFirst()).startsWith("orizuru: dropped 1048568 MiB of what this unit printed");
        assertThat(lines).last().isEqualTo("last");
    }

    @Test
    void whatIsNoUtf8IsReplaced() throws IOException {
        print(new byte[] {'a', (byte) 0xff, 'b', '\n'});
        tail().follow(lines::add);
        assertThat(lines).containsExactly("a\ufffdb");
    }

    @Test
    void aLargeFileThatWasReadIsTruncatedAndGoesOn() throws IOException {
        LogTail tail = tail();
        print("0123456789\n".repeat(10_000));
        tail.follow(lines::add);
        assertThat(file).isEmptyFile();
        print("more\n");
        tail.follow(lines::add);
        tail().follow(lines::add);
        assertThat(lines).hasSize(10_001).endsWith("more");
    }

    @Test
    void aFileThatTheAppTruncatedIsReadFromItsBeginning() throws IOException {
        LogTail tail = tail();
        print("a long first line\n");
        tail.follow(lines::add);
        Files.writeString(file, "b\n");
        tail.follow(lines::add);
        assertThat(lines).containsExactly("a long first line", "b");
    }

    @Test
    void theLastLinesCanBeAskedFor() throws IOException {
        assertThat(tail().last(3)).isEmpty();
        print("1\n2\n3\n4");
        assertThat(tail().last(2)).containsExactly("3", "4");
        assertThat(tail().last(10)).containsExactly("1", "2", "3", "4");
    }
}
