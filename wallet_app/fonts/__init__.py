"""How the faces in ``assets/assets/fonts`` were made."""
