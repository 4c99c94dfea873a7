package io.orizuru.teamtoken;

import java.util.List;

/** Another room in which team tokens own something. A token that does is not removed. */
public interface TokenUse {
    /** The names of the apps that are owned by what the token acts as. */
    List<String> ownedBy(String owner);
}
