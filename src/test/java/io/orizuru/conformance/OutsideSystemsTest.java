package io.orizuru.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutsideSystemsTest {
    private final OutsideSystems outside = OutsideSystems.start();
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void stop() {
        http.close();
        outside.close();
    }

    @Test
    void theServiceMakesBindsAndRefuses() throws Exception {
        assertThat(call("POST", "/service/resources", "name=db&plan=small")).isEqualTo("201 ");
        assertThat(call("POST", "/service/resources", "name=refused-db")).isEqualTo("500 the service refused");
        assertThat(call("GET", "/service/resources/plans", ""))
                .isEqualTo("200 [{\"name\": \"small\", \"description\": \"one node\"},"
                        + " {\"name\": \"large\", \"description\": \"three nodes\"}]");
        assertThat(call("GET", "/service/resources/db", ""))
                .isEqualTo(
                        "200 [{\"label\": \"color\", \"value\": \"blue\"}, {\"label\": \"size\", \"value\": \"7\"}]");
        assertThat(call("GET", "/service/resources/db/status", "")).isEqualTo("204 ");
        String variables = "{\"BACKEND_HOST\": \"backend.example.test\", \"BACKEND_PORT\": \"5000\"}";
        assertThat(call("POST", "/service/resources/db/bind-app", "app-name=a")).isEqualTo("201 " + variables);
        assertThat(call("DELETE", "/service/resources/db/bind-app", "")).isEqualTo("200 ");
        assertThat(call("POST", "/service/resources/db/bind", "")).isEqualTo("201 ");
        assertThat(call("PUT", "/service/resources/db/binds/jobs/j", "")).isEqualTo("201 " + variables);
        assertThat(call("DELETE", "/service/resources/db/binds/jobs/j", "")).isEqualTo("200 ");
        assertThat(call("DELETE", "/service/resources/db", "")).isEqualTo("200 ");
    }

    @Test
    void theServiceEchoesWhatItsApiHasNot() throws Exception {
        assertThat(call("PUT", "/service/custom%20x/thing?a=%3A", "payload"))
                .isEqualTo("200 {\"echo\": {\"method\": \"PUT\", \"path\": \"/custom%20x/thing\","
                        + " \"query\": \"a=%3A\", \"body\": \"payload\"}}");
    }

    @Test
    void theServiceTakesItsTimeForSlowInstances() throws Exception {
        long begin = System.nanoTime();

        assertThat(call("POST", "/service/resources", "name=slow-db")).isEqualTo("201 ");

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(1900));
    }

    @Test
    void theBrokerHasACatalogAndBinds() throws Exception {
        assertThat(call("GET", "/broker/v2/catalog", "")).contains("\"name\": \"cache\"", "\"name\": \"tiny\"");
        assertThat(call("PUT", "/broker/v2/service_instances/i", "{}")).isEqualTo("201 {}");
        assertThat(call("PUT", "/broker/v2/service_instances/i/service_bindings/b", "{}"))
                .isEqualTo("201 {\"credentials\": {\"CACHE_URL\": \"cache.example.test\"}}");
        assertThat(call("DELETE", "/broker/v2/service_instances/i", "")).isEqualTo("200 {}");
    }

    @Test
    void theWebhookReceiverListsItsCalls() throws Exception {
        assertThat(call("PUT", "/hook/x", "event")).isEqualTo("200 {}");
        assertThat(call("GET", "/hook/calls", ""))
                .isEqualTo("200 [{\"method\": \"PUT\", \"path\": \"/hook/x\", \"body\": \"event\"}]");
    }

    @Test
    void theRouterKeepsCnamesAndCertificates() throws Exception {
        assertThat(call("GET", "/router/support/tls", "")).isEqualTo("200 ");
        assertThat(call("GET", "/router/support/v2", "")).isEqualTo("404 ");
        assertThat(call("GET", "/router/backend/a", "")).isEqualTo("404 backend not found");
        assertThat(call("POST", "/router/backend/a", "{}")).isEqualTo("200 {}");
        assertThat(call("GET", "/router/backend/a", "")).isEqualTo("200 {\"address\": \"a.routed.example.com\"}");
        assertThat(call("POST", "/router/backend/a/cname/www.example.com", "")).isEqualTo("200 {}");
        assertThat(call("GET", "/router/backend/a/cname", "")).isEqualTo("200 {\"cnames\": [\"www.example.com\"]}");
        assertThat(call("DELETE", "/router/backend/a/cname/www.example.com", ""))
                .isEqualTo("200 {}");
        assertThat(call("GET", "/router/backend/a/cname", "")).isEqualTo("200 {\"cnames\": []}");
        assertThat(call("GET", "/router/backend/a/certificate/c", "")).isEqualTo("404 certificate not found");
        assertThat(call("PUT", "/router/backend/a/certificate/c", "{\"certificate\": \"PEM\", \"key\": \"K\"}"))
                .isEqualTo("200 {}");
        assertThat(call("GET", "/router/backend/a/certificate/c", "")).isEqualTo("200 {\"certificate\": \"PEM\"}");
        assertThat(call("DELETE", "/router/backend/a", "")).isEqualTo("200 {}");
        assertThat(call("DELETE", "/router/backend/a", "")).isEqualTo("404 backend not found");
    }

    @Test
    void theKubernetesApiKeepsObjectsByPath() throws Exception {
        String kept = "{\"metadata\": {\"name\": \"n\", \"uid\": \"0a1b2c3d\", \"resourceVersion\": \"1\"}}";
        assertThat(call("GET", "/kube/api/v1/namespaces/x/pods/p", "")).contains("404 ", "\"reason\": \"NotFound\"");
        assertThat(call("GET", "/kube/api/v1/nodes", "")).contains("200 ", "\"items\": []");
        assertThat(call("POST", "/kube/api/v1/namespaces", "{\"metadata\": {\"name\": \"n\"}}"))
                .isEqualTo("201 " + kept);
        assertThat(call("GET", "/kube/api/v1/namespaces/n", "")).isEqualTo("200 " + kept);
        assertThat(call("GET", "/kube/api/v1/namespaces", "")).contains("\"items\": [" + kept + "]");
        assertThat(call("DELETE", "/kube/api/v1/namespaces/n", "")).contains("\"status\": \"Success\"");
        assertThat(call("GET", "/kube/api/v1/namespaces", "")).contains("\"items\": []");
    }

    @Test
    void nothingElseIsThere() throws Exception {
        assertThat(call("GET", "/elsewhere", "")).isEqualTo("404 not found");
    }

    private String call(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(outside.url().resolve(path))
                .timeout(Duration.ofSeconds(30))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }
}
