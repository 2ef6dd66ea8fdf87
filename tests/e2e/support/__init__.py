"""What the end-to-end tests are made of: private servers, the program under test, and conversations
with both."""
