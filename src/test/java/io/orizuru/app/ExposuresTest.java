package io.orizuru.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.provision.Exposure;
import io.orizuru.provision.Exposure.Address;
import io.orizuru.provision.Exposure.Member;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ExposuresTest {
    private static final Placement.Scale ONE = new Placement.Scale(1, 0, 1);
    private static final Placement.Sleep HELD = new Placement.Sleep(true, "", List.of());

    private static Placement.Running running(int version, boolean routable, Map<String, Placement.Scale> processes) {
        return new Placement.Running(version, routable, null, new TreeMap<>(processes));
    }

    private static List<String> names(Placement placement) {
        return Exposures.of("blog", placement).addresses().stream()
                .map(Address::name)
                .toList();
    }

    @Test
    @SuppressWarnings("NullAway") // It does not see in a class file that an app may be awake.
    void versionsAndProcessesHaveNames() {
        Placement placement = new Placement(
                List.of(running(1, true, Map.of("web", ONE, "worker", ONE)), running(2, false, Map.of("web", ONE))));
        assertThat(Exposures.of("blog", placement))
                .isEqualTo(new Exposure(
                        List.of(
                                new Address("v1.version.blog", List.of(new Member(1, "web"))),
                                new Address("v1.version.web.process.blog", List.of(new Member(1, "web"))),
                                new Address("v1.version.worker.process.blog", List.of(new Member(1, "worker"))),
                                new Address("v2.version.blog", List.of(new Member(2, "web"))),
                                new Address("v2.version.web.process.blog", List.of(new Member(2, "web"))),
                                new Address("web.process.blog", List.of(new Member(1, "web"))),
                                new Address("worker.process.blog", List.of(new Member(1, "worker")))),
                        null));
    }

    @Test
    void aProcessWithManyRoutableVersionsHasAllOfThem() {
        Placement placement =
                new Placement(List.of(running(1, true, Map.of("web", ONE)), running(2, true, Map.of("web", ONE))));
        assertThat(Exposures.of("blog", placement).addresses())
                .contains(new Address("web.process.blog", List.of(new Member(1, "web"), new Member(2, "web"))));
    }

    @Test
    void whatIsStoppedHasNoNameAndWhatSleepsKeepsIts() {
        Placement stopped = new Placement(List.of(running(1, true, Map.of("web", ONE.stop(), "worker", ONE))));
        assertThat(names(stopped)).containsExactly("v1.version.worker.process.blog", "worker.process.blog");
        Placement asleep = new Placement(List.of(running(1, true, Map.of("web", ONE.sleep()))), HELD);
        assertThat(names(asleep)).containsExactly("v1.version.blog", "v1.version.web.process.blog", "web.process.blog");
    }

    @Test
    void aNameThatIsNoHostNameAndOneThatIsTakenAreLeftOut() {
        Placement placement =
                new Placement(List.of(running(1, true, Map.of("WEB", ONE, "web", ONE, "tail-", ONE, "Clock", ONE))));
        assertThat(Exposures.of("blog", placement).addresses())
                .contains(
                        new Address("web.process.blog", List.of(new Member(1, "web"))),
                        new Address("clock.process.blog", List.of(new Member(1, "Clock"))));
        assertThat(names(placement)).hasSize(5).noneMatch(name -> name.contains("tail"));
    }

    @Test
    void aProxyStandsInWhereItWasFound() {
        Placement.Sleep sleep =
                new Placement.Sleep(false, "http://proxy.example.org", List.of(new Placement.Address("192.0.2.7", 80)));
        Placement asleep = new Placement(List.of(running(1, true, Map.of("web", ONE.sleep()))), sleep);
        assertThat(Exposures.of("blog", asleep).asleep())
                .isEqualTo(new AppRoutes.Asleep(false, List.of(new Backend("the proxy", "192.0.2.7", 80, 1))));
    }
}
