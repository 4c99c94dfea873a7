package io.orizuru.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.files.Room;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DiskTest {
    private static final long GIB = 1L << 30;
    private static final long MIB = 1L << 20;

    private static final Disk DATA = new Disk("the data directory", Path.of("/tmp"), true);
    private static final Disk TEMPORARY = new Disk("temporary files", Path.of("/tmp"), false);

    private static Room room(long bytes) {
        return new Room(bytes, bytes, 0, 0);
    }

    @Test
    void aPartOfTheDiskStaysFreeWithinBounds() {
        assertThat(DATA.reserve(room(1000 * GIB), null)).isEqualTo(GIB);
        assertThat(DATA.reserve(room(10 * GIB), null)).isEqualTo(GIB / 2);
        assertThat(DATA.reserve(room(GIB), null)).isEqualTo(128 * MIB);
        assertThat(DATA.reserve(room(64 * MIB), null)).isEqualTo(16 * MIB);
    }

    @Test
    void whatTheOperatorSaysCountsWhereTenantsWrite() {
        assertThat(DATA.reserve(room(10 * GIB), 0L)).isZero();
        assertThat(DATA.reserve(room(10 * GIB), 5 * GIB)).isEqualTo(5 * GIB);
        assertThat(TEMPORARY.reserve(room(10 * GIB), 5 * GIB)).isEqualTo(GIB / 2);
    }

    @Test
    void aDiskThatIsShortSaysHowMuchThereIsAndWhatToDo() {
        assertThat(DATA.problem(0L)).isNull();
        assertThat(DATA.problem(1000 * 1000 * GIB))
                .matches(
                        "the disk of the data directory has \\d+ MiB free, less than the 1024000000 MiB that stay free:"
                                + " remove apps or versions, or give it more room \\(setting disk\\.reserve-mib\\)");
    }

    @Test
    void aPlaceThatIsNotThereHasNoProblem() {
        assertThat(new Disk("uploads", Path.of("/tmp/not-there-at-all"), true).problem(null))
                .isNull();
    }
}
