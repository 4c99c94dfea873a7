package io.orizuru.endtoend;

/** What the walk does to apps, again and again. */
enum Operation {
    CREATE,
    DEPLOY,
    BROKEN_DEPLOY,
    GIT_DEPLOY,
    BUILD,
    ROLL_BACK,
    ROLL_BACK_RELEASE,
    REBUILD,
    REMOVE_VERSION,
    CHANGE_PLAN,
    SET_VARIABLE,
    BIND,
    UNBIND,
    ADD_UNIT,
    REMOVE_UNIT,
    KILL_UNIT,
    STOP,
    START,
    RESTART,
    SLEEP,
    WAKE,
    RUN,
    CANARY,
    SWAP,
    MOVE,
    REMOVE
}
