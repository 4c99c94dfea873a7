package io.orizuru.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.orizuru.files.TreeSize;
import io.orizuru.files.TreeSize.Bounds;
import io.orizuru.files.TreeSize.Rule;
import io.orizuru.files.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever tenants make of their directories, it can be counted and removed, and nothing else goes with it. */
@Timeout(120)
class TreesTest {
    private static final Bounds BOUNDS = new Bounds(1L << 40, 1_000_000, 200, 3000);

    private Path directory = Path.of("/");
    private Path tree = directory;

    @BeforeEach
    void make() throws IOException {
        directory = Files.createTempDirectory("orizuru-trees-");
        tree = Files.createDirectory(directory.resolve("tree"));
    }

    @AfterEach
    void clean() throws IOException {
        Trees.delete(directory);
    }

    @Test
    void twentyThousandDirectoriesInEachOtherAreRemoved() throws Exception {
        HostileTrees.run(tree, HostileTrees.deep(20_000));
        Trees.delete(tree);
        assertThat(tree).doesNotExist();
    }

    @Test
    void directoriesInEachOtherWithManyInEachAreRemoved() throws Exception {
        HostileTrees.run(tree, """
                import os
                for i in range(400):
                  for j in range(20):
                    os.mkdir('w%d' % j)
                    open('w%d/f' % j, 'w').close()
                  os.chdir('w0')
                """);
        Trees.delete(tree);
        assertThat(tree).doesNotExist();
    }

    @Test
    void countingEndsWhereATreeIsTooDeep() throws Exception {
        HostileTrees.run(tree, HostileTrees.deep(1_000));
        TreeSize size = Trees.measure(List.of(tree), BOUNDS);
        assertThat(size.excess()).satisfies(excess -> {
            assertThat(excess.rule()).isEqualTo(Rule.DEPTH);
            assertThat(excess.path()).startsWith("d/d/d/").hasSizeLessThan(200);
        });
    }

    @Test
    void countingEndsWhereAPathIsTooLong() throws Exception {
        HostileTrees.run(tree, "import os\nfor i in range(40):\n  os.mkdir('d' * 250)\n  os.chdir('d' * 250)\n");
        assertThat(Trees.measure(List.of(tree), BOUNDS).excess())
                .satisfies(excess -> assertThat(excess.rule()).isEqualTo(Rule.PATH));
        Trees.delete(tree);
        assertThat(tree).doesNotExist();
    }

    @Test
    void fiftyThousandFilesInOneDirectoryAreCountedAndRemoved() throws Exception {
        HostileTrees.run(tree, "for i in range(50000):\n  open('f%d' % i, 'w').close()\n");
        assertThat(Trees.measure(List.of(tree), BOUNDS).entries()).isEqualTo(50_000);
        assertThat(Trees.measure(List.of(tree), new Bounds(1L << 40, 1000, 200, 3000))
                        .excess())
                .satisfies(excess -> assertThat(excess.rule()).isEqualTo(Rule.ENTRIES));
        Trees.delete(tree);
        assertThat(tree).doesNotExist();
    }

    @Test
    void namesThatAreNoTextAreRemoved() throws Exception {
        HostileTrees.run(
                tree,
                "import os\nfor name in [b'\\xff\\xfe', b'a\\nb', b'\\x1b[2J', b'-rf', b'*', b'\\xc3', b' ', b'%41',"
                        + " '\\u2603'.encode()]:\n  os.mkdir(name)\n  open(os.path.join(name, name), 'w').close()\n");
        assertThat(Trees.measure(List.of(tree), BOUNDS).entries()).isEqualTo(18);
        Trees.delete(tree);
        assertThat(tree).doesNotExist();
    }

    @Test
    void directoriesThatNobodyMayEnterAreRemoved() throws Exception {
        Path closed = Files.createDirectories(tree.resolve("closed/inner"));
        Files.createFile(closed.resolve("file"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        Files.setPosixFilePermissions(closed.getParent(), PosixFilePermissions.fromString("---------"));
        Files.setPosixFilePermissions(tree, PosixFilePermissions.fromString("---------"));
        Trees.delete(tree);
        assertThat(tree).doesNotExist();
    }

    @Test
    void linksAreRemovedAndNotFollowed() throws Exception {
        Path precious = Files.createDirectories(directory.resolve("precious"));
        Files.createFile(precious.resolve("file"));
        Files.createSymbolicLink(tree.resolve("up"), Path.of(".."));
        Files.createSymbolicLink(tree.resolve("there"), precious);
        Files.createSymbolicLink(tree.resolve("itself"), Path.of("itself"));
        assertThat(Trees.measure(List.of(tree), BOUNDS).entries()).isEqualTo(3);
        Trees.delete(tree);
        assertThat(Files.exists(tree, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(precious.resolve("file")).exists();
    }

    /** Directories and links that change places all the time, in the hope that one is taken for the other. */
    @Test
    void linksThatAreSwappedInLeadNowhere() throws Exception {
        Path precious = Files.createDirectories(directory.resolve("precious"));
        for (int i = 0; i < 200; i++) {
            Files.createFile(precious.resolve("file" + i));
        }
        Process swapper = new ProcessBuilder(
                        "/bin/sh",
                        "-c",
                        "while :; do mkdir -p tree/a 2>/dev/null; : >tree/a/f; mv tree/a tree/b; ln -s ../precious tree/a;"
                                + " rm -rf tree/b; rm tree/a; done 2>/dev/null")
                .directory(directory.toFile())
                .start();
        try {
            for (int i = 0; i < 200; i++) {
                try {
                    Trees.delete(tree);
                } catch (IOException e) {
                    // Somebody goes on writing there.
                }
                Files.createDirectories(tree);
            }
        } finally {
            swapper.destroyForcibly();
            swapper.waitFor();
        }
        try (Stream<Path> left = Files.list(precious)) {
            assertThat(left).hasSize(200);
        }
    }

    @Test
    void holesCountAsIfTheyWereFilled() throws Exception {
        HostileTrees.run(tree, "open('holes', 'wb').truncate(1 << 33)\n");
        assertThat(Trees.measure(List.of(tree), BOUNDS).bytes()).isGreaterThanOrEqualTo(1L << 33);
    }

    @Test
    void whatIsMountedStaysAndIsTold() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root may mount");
        Path mounted = Files.createDirectories(tree.resolve("a/b/mounted"));
        Files.createFile(tree.resolve("a/other"));
        HostileTrees.run(directory, "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mounted.toString());
        try {
            Files.createFile(mounted.resolve("precious"));
            assertThatThrownBy(() -> Trees.delete(tree))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("tree/a/b/mounted: a file system is mounted there");
            assertThat(mounted.resolve("precious")).exists();
            assertThat(tree.resolve("a/other")).doesNotExist();
        } finally {
            HostileTrees.run(directory, "umount", mounted.toString());
        }
        Trees.delete(tree);
        assertThat(tree).doesNotExist();
    }

    @Test
    void whatMayNotBeChangedIsTold() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root may mark files");
        Path fixed = Files.createFile(tree.resolve("fixed"));
        HostileTrees.run(directory, "chattr", "+i", fixed.toString());
        try {
            assertThatThrownBy(() -> Trees.delete(tree))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("tree/fixed: it is marked as one that nobody may change (chattr)");
        } finally {
            HostileTrees.run(directory, "chattr", "-i", fixed.toString());
        }
    }
}
