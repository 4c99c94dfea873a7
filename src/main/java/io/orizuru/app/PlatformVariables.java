package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.access.Caller;
import io.orizuru.db.JsonColumns;
import io.orizuru.secret.Vault;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The variables that the platform adds to an app's own. Computed, never stored, and not to be set or unset by anybody. */
@ApplicationScoped
public class PlatformVariables {
    /** Where the release is mounted in a unit. */
    static final String DIRECTORY = "/home/application/current";

    /** By it one acts as the app. */
    static final String TOKEN = "TSURU_APP_TOKEN";

    static final Set<String> PROTECTED = Set.of("TSURU_APPNAME", "TSURU_APPDIR", TOKEN, "TSURU_SERVICES");

    /** Who looks after them, as clients show it. */
    private static final String MANAGER = "tsuru";

    private final AppStore store;
    private final Vault vault;
    private final JsonColumns json;

    PlatformVariables(AppStore store, Vault vault, JsonColumns json) {
        this.store = store;
        this.vault = vault;
        this.json = json;
    }

    private List<Variable> of(String app, Environment environment) {
        String token = vault.decrypt(store.token(app), tokenContext(app));
        return List.of(
                computed("TSURU_APPNAME", app),
                computed("TSURU_APPDIR", DIRECTORY),
                computed(TOKEN, token),
                computed("TSURU_SERVICES", services(environment)));
    }

    /** All binds, by service, as apps of several instances of one service read them. */
    private String services(Environment environment) {
        Map<String, List<OfInstance>> services = new TreeMap<>();
        environment.binds().forEach(bind -> services.computeIfAbsent(bind.service(), service -> new ArrayList<>())
                .add(new OfInstance(bind.instance(), bind.variables())));
        return json.write(services);
    }

    private record OfInstance(@JsonProperty("instance_name") String name, Map<String, String> envs) {}

    private static Variable computed(String name, String value) {
        return new Variable(name, value, "", false, MANAGER);
    }

    /** An app's whole environment for a caller: its token is for who may all that it lets its bearer do. */
    List<Variable> shown(Caller caller, App app, Environment environment) {
        boolean mayAll = caller.mayAllOfToken(app);
        return whole(app.name(), environment).stream()
                .map(variable -> mayAll || !variable.name().equals(TOKEN) ? variable : variable.withValue(""))
                .toList();
    }

    private List<Variable> whole(String app, Environment environment) {
        List<Variable> all = new ArrayList<>(environment.resolved());
        all.addAll(of(app, environment));
        return all;
    }

    /** An app's whole environment, as its processes see it. */
    public Map<String, String> values(String app, Environment environment) {
        Map<String, String> values = new LinkedHashMap<>();
        whole(app, environment).forEach(variable -> values.put(variable.name(), variable.value()));
        return values;
    }

    static String tokenContext(String app) {
        return "app-token/" + app;
    }
}
