package io.orizuru.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.failure.Failure;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class InputMemoryTest {
    private final InputMemory memory = new InputMemory(100, 60, Duration.ofMillis(50));

    @Test
    void aRequestGetsAllOrNothing() {
        InputMemory.Part first = memory.take("a", 60);
        assertThatThrownBy(() -> memory.take("b", 41)).isInstanceOf(Failure.class);
        assertThat(memory.free()).isEqualTo(40);
        first.release();
        first.release();
        assertThat(memory.free()).isEqualTo(100);
    }

    @Test
    void oneCallerLeavesSomeToOthers() {
        InputMemory.Part part = memory.take("a", 50);
        assertThatThrownBy(() -> memory.take("a", 11)).isInstanceOf(Failure.class);
        memory.take("b", 50);
        part.shrink(10);
        assertThat(memory.take("a", 40)).isNotNull();
        assertThat(memory.free()).isZero();
    }

    @Test
    void whoWaitsGetsWhatIsGivenBack() throws InterruptedException {
        InputMemory patient = new InputMemory(10, 10, Duration.ofSeconds(20));
        InputMemory.Part all = patient.take("a", 10);
        Thread waiting = Thread.ofVirtual().start(() -> patient.take("b", 10));
        all.release();
        assertThat(waiting.join(Duration.ofSeconds(20))).isTrue();
        assertThat(patient.free()).isZero();
    }

    /** What any operation may ask for is less than one caller's share: nobody waits for what never comes. */
    @Test
    void theLargestInputOfEachOperationFits() {
        for (OperationDescriptor operation : ServedOperations.all()) {
            BodyRule rule = operation.body();
            // The query is no longer than a request line.
            long bytes = rule.bytes() + 8192L;
            assertThat(TextMemory.unfolded(bytes, rule.items()))
                    .as(operation.method() + " " + operation.path())
                    .isLessThanOrEqualTo(InputMemory.UNFOLDED.share());
            assertThat(3L * rule.bytes()).isLessThanOrEqualTo(InputMemory.ARRIVING.share());
        }
    }
}
