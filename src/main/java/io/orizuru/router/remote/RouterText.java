package io.orizuru.router.remote;

import io.orizuru.router.builtin.DataPlane.Table;
import io.orizuru.router.builtin.Snapshot;

/** A router's figures in Prometheus' text format, under the names that a server with a router in it gives them. */
final class RouterText {
    private final StringBuilder text = new StringBuilder();

    private RouterText() {}

    static String of(Snapshot snapshot, Table table) {
        RouterText page = new RouterText();
        page.describe("orizuru_router_responses_total", "counter", "answers of the built-in router");
        for (int group = 1; group <= 5; group++) {
            page.text
                    .append("orizuru_router_responses_total{status=\"")
                    .append(group)
                    .append("xx\"} ")
                    .append(snapshot.responses().get(group - 1))
                    .append('\n');
        }
        page.counter("backend_errors", "failures of units as the router met them", snapshot.backendErrors());
        page.counter("retries", "requests that the router sent again", snapshot.retries());
        page.counter("connections_accepted", "connections of clients", snapshot.connectionsAccepted());
        page.counter("connections_refused", "connections beyond the limit", snapshot.connectionsRefused());
        page.gauge("connections_open", "connections of clients now", snapshot.connectionsOpen());
        page.gauge("requests_active", "requests at units now", snapshot.inFlight());
        page.gauge(
                "apps",
                "apps with routes, one for each router's name they are at",
                table.routes().stream()
                        .filter(each -> !each.routes().hosts().isEmpty())
                        .count());
        page.counter("switches", "changes of routes since the start", table.revision());
        return page.text.toString();
    }

    private void counter(String name, String help, long value) {
        figure("orizuru_router_" + name + "_total", "counter", help, value);
    }

    private void gauge(String name, String help, long value) {
        figure("orizuru_router_" + name, "gauge", help, value);
    }

    private void figure(String name, String type, String help, long value) {
        describe(name, type, help);
        text.append(name).append(' ').append(value).append('\n');
    }

    private void describe(String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }
}
