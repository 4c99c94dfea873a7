package io.orizuru.pool;

import java.util.List;

/** Another room that refers to pools. A pool that is referred to is not removed. */
public interface PoolUse {
    /** The names of the apps in the pool. */
    List<String> appsIn(String pool);
}
