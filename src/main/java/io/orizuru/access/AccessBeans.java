package io.orizuru.access;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Makes the permission tree injectable. */
final class AccessBeans {
    private AccessBeans() {}

    @Produces
    @Singleton
    static PermissionTree permissionTree() {
        return PermissionTree.load();
    }
}
