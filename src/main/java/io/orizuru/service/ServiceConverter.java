package io.orizuru.service;

import io.orizuru.http.PathConverter;
import jakarta.ws.rs.ext.Provider;

/** A service by its name in a path. */
@Provider
class ServiceConverter extends PathConverter<Service> {
    ServiceConverter(Services services) {
        super(Service.class, services::find, Service::name);
    }
}
