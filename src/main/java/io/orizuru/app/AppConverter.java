package io.orizuru.app;

import io.orizuru.http.PathConverter;
import jakarta.ws.rs.ext.Provider;

/** An app by its name in a path. */
@Provider
class AppConverter extends PathConverter<App> {
    AppConverter(Apps apps) {
        super(App.class, apps::find, App::name);
    }
}
