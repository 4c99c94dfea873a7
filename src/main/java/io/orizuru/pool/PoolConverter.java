package io.orizuru.pool;

import io.orizuru.http.PathConverter;
import jakarta.ws.rs.ext.Provider;

/** A pool by its name in a path. */
@Provider
class PoolConverter extends PathConverter<Pool> {
    PoolConverter(Pools pools) {
        super(Pool.class, pools::find, Pool::name);
    }
}
