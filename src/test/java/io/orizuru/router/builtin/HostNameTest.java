package io.orizuru.router.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.router.AppRoutes;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostNameTest {
    @ParameterizedTest
    @CsvSource({
        "a.example.com, a.example.com",
        "A.Example.COM, a.example.com",
        "a.example.com:8080, a.example.com",
        "a.example.com., a.example.com",
        "a.example.com.:80, a.example.com",
        "a.example.com:, a.example.com",
        "localhost, localhost",
        "my_app.example.com, my_app.example.com",
        "127.0.0.1:80, 127.0.0.1",
        "[::1]:8080, [::1]",
        "[2001:DB8::1], [2001:db8::1]",
    })
    void names_are_compared_without_case_port_and_trailing_dot(String header, String name) {
        assertThat(HostName.ofHeader(header)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                ".a",
                "a..b",
                "a b",
                "a/b",
                "user@a",
                "a:b",
                "a:1:2",
                "a:123456",
                "[::1",
                "[::1]x",
                "[]",
                "[g::1]",
                "a\u0000",
                "<script>",
                "*.a",
                "ü.example.com"
            })
    void what_is_no_host_name_is_refused(String header) {
        assertThat(HostName.ofHeader(header)).isNull();
    }

    @Test
    void a_name_of_more_than_253_characters_is_refused() {
        assertThat(HostName.ofHeader("a.".repeat(126) + "a")).hasSize(253);
        assertThat(HostName.ofHeader("a.".repeat(126) + "aa")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "exact.example.com, exact",
        "a.example.com, wide",
        "a.b.example.com, wide",
        "a.deep.example.com, deep",
        "a.b.deep.example.com, deep",
        "deep.example.com, wide",
        "example.com, -",
        "xexample.com, -",
        "a.exact.example.com, wide",
        "example.com.evil.org, -",
        "com, -",
    })
    void the_exact_name_wins_then_the_longest_suffix(String host, String app) {
        BackendSet none = new BackendSet(List.of(), List.of(), Map.of());
        BackendSet exact = new BackendSet(List.of(), List.of(), Map.of());
        BackendSet wide = new BackendSet(List.of(), List.of(), Map.of());
        BackendSet deep = new BackendSet(List.of(), List.of(), Map.of());
        RouteTable table = RouteTable.of(List.of(
                entry("*.example.com", wide), entry("*.deep.example.com", deep), entry("exact.example.com", exact)));

        BackendSet expected =
                switch (app) {
                    case "exact" -> exact;
                    case "wide" -> wide;
                    case "deep" -> deep;
                    default -> none;
                };
        BackendSet found = table.find(host);
        assertThat(found == null ? none : found).isSameAs(expected);
    }

    @Property
    void any_spelling_of_a_name_leads_to_the_same_app(
            @ForAll("names") String name, @ForAll boolean dot, @ForAll boolean upper, @ForAll boolean port) {
        BackendSet backends = new BackendSet(List.of(), List.of(), Map.of());
        RouteTable table = RouteTable.of(List.of(entry(name, backends)));
        String spelled = (upper ? name.toUpperCase(Locale.ROOT) : name) + (dot ? "." : "") + (port ? ":8081" : "");

        String host = HostName.ofHeader(spelled);

        assertThat(host).isEqualTo(name);
        assertThat(table.find(name)).isSameAs(backends);
    }

    @Property
    void a_wildcard_answers_to_all_below_it_and_not_to_itself(
            @ForAll("names") String suffix, @ForAll("names") String below) {
        BackendSet backends = new BackendSet(List.of(), List.of(), Map.of());
        RouteTable table = RouteTable.of(List.of(entry("*." + suffix, backends)));

        assertThat(table.find(below + "." + suffix)).isSameAs(backends);
        assertThat(table.find(suffix)).isNull();
        assertThat(table.find(below + suffix + "x")).isNull();
    }

    @Property
    void whatever_is_sent_is_read_or_refused(@ForAll String header) {
        String host = HostName.ofHeader(header);
        if (host != null) {
            assertThat(host).matches("[a-z0-9._\\-\\[\\]:]{1,253}");
        }
    }

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.strings()
                .withCharRange('a', 'z')
                .withCharRange('0', '9')
                .ofMinLength(1)
                .ofMaxLength(8)
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(labels -> String.join(".", labels));
    }

    private static RouteTable.Entry entry(String host, BackendSet backends) {
        return new RouteTable.Entry(new AppRoutes("app", 1, Set.of(host), List.of()), backends);
    }
}
