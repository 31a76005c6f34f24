"""Every paper of a call in one place: which there are, who signs them, how long they stay, their content."""
