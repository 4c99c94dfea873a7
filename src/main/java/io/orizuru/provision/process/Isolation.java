package io.orizuru.provision.process;

/** How far units and builds are kept apart on this machine. */
enum Isolation {
    /** The server is root: bubblewrap, and a user of its own for each app. */
    USERS,
    /** The server is not root: bubblewrap in a user namespace; all apps have the server's user, and see only their own tree. */
    USER_NAMESPACE,
    /** None: plain processes of the server's user. */
    NONE
}
