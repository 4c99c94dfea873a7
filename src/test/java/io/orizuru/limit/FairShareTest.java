package io.orizuru.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FairShareTest {
    @Test
    void oneGroupNeverHoldsMoreThanItsPartAndAllOthersGetTheirs() {
        FairShare share = new FairShare(8);
        List<FairShare.Place> ours = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ours.add(share.ask("greedy"));
        }
        assertThat(ours.stream().filter(FairShare.Place::isHeld)).hasSize(2);
        assertThat(share.waiting("greedy")).isEqualTo(18);
        for (int i = 0; i < 6; i++) {
            assertThat(share.ask("team " + i).isHeld()).as("team %d", i).isTrue();
        }
        assertThat(share.ask("late").isHeld()).as("all are taken").isFalse();
    }

    @Test
    void theLastQuarterIsForGroupsThatHoldNone() {
        FairShare share = new FairShare(8, 8);
        for (int i = 0; i < 8; i++) {
            share.ask("greedy");
        }
        assertThat(share.held("greedy")).isEqualTo(6);
        assertThat(share.ask("one").isHeld()).isTrue();
        assertThat(share.ask("other").isHeld()).isTrue();
    }

    @Test
    void whoWaitsIsServedInOrderAndGivesUpWithoutALoss() {
        FairShare share = new FairShare(1);
        FairShare.Place held = share.ask("a");
        FairShare.Place first = share.ask("a");
        FairShare.Place second = share.ask("a");
        FairShare.Place third = share.ask("a");
        assertThat(third.before()).isEqualTo(2);
        first.close();
        first.close();
        assertThat(third.before()).isEqualTo(1);
        held.close();
        assertThat(second.isHeld()).isTrue();
        assertThat(third.isHeld()).isFalse();
        second.close();
        assertThat(third.isHeld()).isTrue();
        third.close();
        assertThat(share.held("a") + share.waiting("a")).isZero();
        assertThat(share.take("b")).isPresent();
    }

    @Test
    void groupsThatHoldFewerComeFirst() {
        FairShare share = new FairShare(4, 3);
        FairShare.Place one = share.ask("a");
        share.ask("a");
        share.ask("a");
        share.ask("b");
        FairShare.Place ofA = share.ask("a");
        FairShare.Place ofC = share.ask("c");
        one.close();
        assertThat(ofC.isHeld()).isTrue();
        assertThat(ofA.isHeld()).isFalse();
    }
}
