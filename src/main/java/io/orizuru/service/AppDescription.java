package io.orizuru.service;

import java.util.List;

/**
 * An app as services are told of it.
 *
 * @param hosts the names that lead to it, the first one first
 * @param pool where it is
 * @param provisioner the engine there
 */
record AppDescription(String name, List<String> hosts, String pool, String provisioner) {
    AppDescription {
        hosts = List.copyOf(hosts);
    }

    Form in(Form form) {
        form.with("app-name", name);
        if (!hosts.isEmpty()) {
            form.with("app-host", hosts.getFirst());
        }
        return form.with("app-hosts", hosts).with("app-pool-name", pool).with("app-pool-provisioner", provisioner);
    }
}
