package io.orizuru.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.orizuru.failure.Failure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class PlacementTest {
    private static final Placement.Scale THREE = new Placement.Scale(3, 0, 7);
    private static final Placement.Sleep HELD = new Placement.Sleep(true, "", List.of());

    private static Placement of(Placement.Scale scale) {
        return new Placement(List.of(new Placement.Running(1, true, null, new TreeMap<>(Map.of("web", scale)))), HELD);
    }

    @Test
    void whatSleepsWakesAsItWas() {
        assertThat(THREE.sleep()).isEqualTo(new Placement.Scale(0, 3, 7, true));
        assertThat(THREE.sleep().wake()).isEqualTo(THREE);
        assertThat(THREE.sleep().start()).isEqualTo(THREE);
        assertThat(THREE.sleep().renewed(9).wake()).isEqualTo(new Placement.Scale(3, 0, 9));
    }

    @Test
    void whatSomebodyStoppedIsNotWoken() {
        assertThat(THREE.stop().sleep()).isEqualTo(THREE.stop());
        assertThat(THREE.stop().wake()).isEqualTo(THREE.stop());
        assertThat(THREE.sleep().stop()).isEqualTo(THREE.stop());
        assertThat(THREE.stop().stop()).isEqualTo(THREE.stop());
    }

    @Test
    void onlySomethingThatSleepsHasAWayToDoSo() {
        assertThat(of(THREE).sleep()).isNull();
        assertThat(of(THREE.sleep()).sleep()).isEqualTo(HELD);
        assertThat(of(THREE.sleep()).woken()).isEqualTo(of(THREE));
    }

    @Test
    void aDeployWakes() {
        assertThat(of(THREE.sleep()).replacedBy(2, List.of("web"), 8))
                .isEqualTo(new Placement(List.of(new Placement.Running(
                        2, true, null, new TreeMap<>(Map.of("web", new Placement.Scale(3, 0, 8)))))));
    }

    @Test
    void aVersionThatRunsKeepsItsRequestsWhenItIsToComeBesideItself() {
        assertThat(of(THREE).with(2, List.of("web"), 8).version(1))
                .isEqualTo(of(THREE).version(1));
        Assertions.assertThatThrownBy(() -> of(THREE).with(1, List.of("web"), 8))
                .isInstanceOf(Failure.class)
                .hasMessageStartingWith("version 1 runs already");
    }

    @Test
    void unitsThatSleepAreTheAppsStill() {
        assertThat(of(THREE.sleep()).units()).isZero();
        assertThat(of(THREE.sleep()).claimedUnits()).isEqualTo(3);
        UnitQuotas.requireRoom(3, of(THREE.sleep()), of(THREE));
        Assertions.assertThatThrownBy(
                        () -> UnitQuotas.requireRoom(3, of(THREE.sleep()), of(new Placement.Scale(4, 0, 7))))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("Available: 0, Requested: 1");
    }

    @Test
    void whatWasWrittenBeforeAppsCouldSleepIsAwake() throws Exception {
        String old = "{\"versions\":[{\"version\":1,\"routable\":true,"
                + "\"processes\":{\"web\":{\"units\":3,\"pastUnits\":0,\"generation\":7}}}]}";
        JsonMapper json = JsonMapper.builder()
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .build();
        assertThat(json.readValue(old, Placement.class)).isEqualTo(of(THREE));
        assertThat(json.readValue(json.writeValueAsString(of(THREE.sleep())), Placement.class))
                .isEqualTo(of(THREE.sleep()));
    }

    @Test
    void anAppThatDoesNotWakeIsLeftAloneForLongerEachTime() {
        assertThat(WakingHandler.pause(0)).isEqualTo(Duration.ofSeconds(5));
        assertThat(WakingHandler.pause(2)).isEqualTo(Duration.ofSeconds(20));
        assertThat(WakingHandler.pause(1000)).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void aProxyIsAnAddressWithoutAnythingThatWouldBeLost() {
        assertThat(SleepRequest.of("http://proxy.example.org:8080/", false).proxy())
                .isEqualTo("http://proxy.example.org:8080/");
        assertThat(SleepRequest.of("", true)).isEqualTo(new SleepRequest("", true));
        Assertions.assertThatThrownBy(() -> SleepRequest.of("", false)).hasMessage("Empty proxy URL");
        for (String bad : List.of(
                "https://proxy.example.org",
                "proxy",
                "http://me:secret@proxy.example.org",
                "http://proxy.example.org/path",
                "http://proxy.example.org?q",
                "http://[",
                "file:///etc/passwd")) {
            Assertions.assertThatThrownBy(() -> SleepRequest.of(bad, true))
                    .as(bad)
                    .isInstanceOf(Failure.class)
                    .hasMessageStartingWith("Invalid proxy URL: expected")
                    .hasMessageNotContaining("secret");
        }
    }
}
