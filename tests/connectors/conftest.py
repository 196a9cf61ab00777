from connectors.telegram import slim

# Tests that import aiogram for its own sake shall not pay for the plain import.
slim.postpone()
