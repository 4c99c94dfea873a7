package io.orizuru.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ContractTest {
    private final Contract contract = Contract.read();

    @Test
    void everyRouteIsThereOnce() {
        assertThat(contract.routes()).hasSize(269);
        assertThat(Stream.concat(
                        contract.routes().stream().map(route -> route.method() + " " + route.path()),
                        contract.aliases().stream().map(alias -> alias.method() + " " + alias.path())))
                .doesNotHaveDuplicates();
    }

    @Test
    void aRouteHasItsFacts() {
        assertThat(contract.routes())
                .filteredOn(route ->
                        route.path().equals("/apps/{app}/env") && route.method().equals("POST"))
                .singleElement()
                .satisfies(route -> {
                    assertThat(route.title()).isEqualTo("set envs");
                    assertThat(route.since()).isEqualTo("1.0");
                    assertThat(route.auth()).isTrue();
                    assertThat(route.permissions()).contains("app.update.env.set");
                    assertThat(route.eventKind()).containsExactly("app.update.env.set");
                    assertThat(route.statuses()).contains(200, 404);
                });
    }
}
